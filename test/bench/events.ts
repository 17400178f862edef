/** Invented events like those of an identity provider's log, about 1.5 KB each, the same in every run. */

const PAGE = 1_000;
/** Distinct pages. A longer feed repeats them, with the same ids and times. */
const POOL = 40;

/** One page's JSON text, as bytes. */
export function pagePool(): Buffer[] {
  return Array.from({ length: POOL }, (_, page) => {
    const events = Array.from({ length: PAGE }, (__, index) => event(page * PAGE + index));
    return Buffer.from(JSON.stringify(events));
  });
}

/** Events per page. */
export const EVENTS_A_PAGE = PAGE;

function event(n: number): object {
  const id = `${n.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
  const user = `user${n % 977}@example.com`;
  const place = {
    city: 'Trondheim',
    state: 'Trøndelag',
    country: 'Norway',
    postalCode: '7010',
    geolocation: { lat: 63.4305 + (n % 100) / 1_000, lon: 10.3951 },
  };
  return {
    actor: {
      id: `00u${n % 977}`,
      type: 'User',
      alternateId: user,
      displayName: `User ${n % 977}`,
      detailEntry: null,
    },
    client: {
      userAgent: {
        rawUserAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        os: 'Linux',
        browser: 'FIREFOX',
      },
      zone: 'null',
      device: 'Computer',
      id: null,
      ipAddress: `192.0.2.${n % 250}`,
      geographicalContext: place,
    },
    device: null,
    authenticationContext: {
      authenticationProvider: 'FACTOR_PROVIDER',
      credentialProvider: 'ACME_CREDENTIAL_PROVIDER',
      credentialType: 'OTP',
      issuer: null,
      interface: null,
      authenticationStep: n % 3,
      externalSessionId: `session-${n % 5_000}`,
    },
    displayMessage: 'Authentication of user via MFA',
    eventType: 'user.authentication.auth_via_mfa',
    outcome: { result: n % 7 === 0 ? 'FAILURE' : 'SUCCESS', reason: null },
    published: new Date(Date.UTC(2026, 10, 21) + n * 37).toISOString(),
    securityContext: {
      asNumber: 64_496,
      asOrg: 'example transit',
      isp: 'example isp',
      domain: 'example.net',
      isProxy: false,
    },
    severity: 'INFO',
    debugContext: {
      debugData: {
        requestId: `request-${n}`,
        requestUri: '/api/v1/authn/factors/verify',
        url: '/api/v1/authn/factors/verify?',
      },
    },
    legacyEventType: 'core.user.factor.attempt_success',
    transaction: { type: 'WEB', id: `transaction-${n}`, detail: {} },
    uuid: id,
    version: '0',
    request: {
      ipChain: [{ ip: `192.0.2.${n % 250}`, geographicalContext: place, version: 'V4', source: null }],
    },
    target: [
      {
        id: `00u${n % 977}`,
        type: 'User',
        alternateId: user,
        displayName: `User ${n % 977}`,
        detailEntry: null,
      },
      { id: 'pfd1', type: 'AppInstance', alternateId: 'Payroll', displayName: 'Payroll', detailEntry: null },
    ],
  };
}
