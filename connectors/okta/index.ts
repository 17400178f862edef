import { bool, defineConnector, dynamic, int, long, real, rest, secret, string, url } from '../../shared';

/** Only for ranges of the past, which are bounded requests; Okta calls its log near real-time and names no bound. */
const LAG = { minMs: 60_000, maxMs: 3_600_000 };

export default defineConnector({
  name: 'okta',
  title: 'Okta',
  settings: {
    url: url('The address of your Okta organisation, as users see it: not the one with -admin.', {
      example: 'https://example.okta.com',
    }),
    token: secret('An API token made by a read-only administrator: Admin Console, Security, API, Tokens.'),
  },
  sources: {
    /**
     * Without `until` and in ascending order this is a polling request: every event comes once, in the order in
     * which Okta stored it, so that late ones are not missed and `published` may step back. The next link is
     * always there, also on an empty page, and stays the place to go on from. With `until` it is a bounded request:
     * sorted by `published`, and the last page has no next link. At most 1,000 events a page;
     * 20 to 120 requests a minute by plan, shared by the organisation, and half of that for one token, which is the
     * half that is used here; its headers tell what is left, and that is obeyed where the plan has less. The last
     * 90 days.
     * @see https://developer.okta.com/docs/reference/system-log-query/#polling-requests
     * @see https://developer.okta.com/docs/api/openapi/okta-management/management/tag/SystemLog/
     * @see https://developer.okta.com/docs/reference/rl-global-mgmt/
     * @see https://developer.okta.com/docs/reference/rl-best-practices/
     */
    systemLog: {
      title: 'System Log',
      retention: {
        days: 90,
        source: 'https://support.okta.com/help/s/article/Customer-Data-Retention-Policy',
      },
      budget: { limits: [{ requests: 120, perMs: 60_000 }], reserve: 0.5 },
      pull: rest({
        base: 'url',
        path: '/api/v1/logs',
        query: { sortOrder: 'ASCENDING', limit: 1000 },
        auth: { kind: 'header', header: 'Authorization', prefix: 'SSWS ', setting: 'token' },
        records: '$[*]',
        next: { kind: 'link' },
        stop: { on: 'empty-page' },
        resume: 'cursor',
        since: { in: 'query', name: 'since' },
        until: { in: 'query', name: 'until' },
        window: { lag: LAG },
      }),
      table: {
        name: 'OktaSystemLog_CL',
        time: 'published',
        eventId: 'uuid',
        columns: {
          EventType: string('eventType', 'What happened, as a name of Okta’s catalogue: user.session.start.'),
          LegacyEventType: string('legacyEventType'),
          DisplayMessage: string('displayMessage'),
          Severity: string('severity', 'DEBUG, INFO, WARN or ERROR.'),
          Version: string('version'),
          OutcomeResult: string(
            'outcome.result',
            'SUCCESS, FAILURE, SKIPPED, ALLOW, DENY, CHALLENGE, UNKNOWN, RATE_LIMIT, DEFERRED, SCHEDULED, ABANDONED, UNANSWERED and more.',
          ),
          OutcomeReason: string('outcome.reason'),
          ActorId: string('actor.id', 'Who did it.'),
          ActorType: string('actor.type'),
          ActorAlternateId: string('actor.alternateId', 'The sign-in name, for a user.'),
          ActorDisplayName: string('actor.displayName'),
          ActorDetail: dynamic('actor.detailEntry'),
          Target: dynamic(
            'target',
            'To whom or what it was done: id, type, alternateId, displayName, changeDetails.',
          ),
          ClientIpAddress: string('client.ipAddress'),
          ClientId: string('client.id', 'The OAuth client, where there is one.'),
          ClientDevice: string('client.device'),
          ClientZone: string('client.zone', 'The network zone; the text null where there is none.'),
          ClientUserAgent: string('client.userAgent.rawUserAgent'),
          ClientOs: string('client.userAgent.os'),
          ClientBrowser: string('client.userAgent.browser'),
          ClientCity: string('client.geographicalContext.city'),
          ClientState: string('client.geographicalContext.state'),
          ClientCountry: string('client.geographicalContext.country'),
          ClientPostalCode: string('client.geographicalContext.postalCode'),
          ClientLatitude: real('client.geographicalContext.geolocation.lat'),
          ClientLongitude: real('client.geographicalContext.geolocation.lon'),
          Device: dynamic(
            'device',
            'The registered device: id, name, os_platform, os_version, managed, registered and more.',
          ),
          RequestIpChain: dynamic('request.ipChain', 'Every address that the request came through.'),
          AuthenticationProvider: string('authenticationContext.authenticationProvider'),
          CredentialProvider: string('authenticationContext.credentialProvider'),
          CredentialType: string('authenticationContext.credentialType'),
          AuthenticationIssuer: dynamic('authenticationContext.issuer'),
          AuthenticationInterface: string('authenticationContext.interface'),
          AuthenticationStep: int(
            'authenticationContext.authenticationStep',
            'Always 0: Okta does not use it.',
          ),
          ExternalSessionId: string(
            'authenticationContext.externalSessionId',
            'The same for all events of a session.',
          ),
          RootSessionId: string('authenticationContext.rootSessionId'),
          SecurityAsNumber: long('securityContext.asNumber'),
          SecurityAsOrg: string('securityContext.asOrg'),
          SecurityIsp: string('securityContext.isp'),
          SecurityDomain: string('securityContext.domain'),
          SecurityIsProxy: bool('securityContext.isProxy'),
          SecurityRiskLevel: string('securityContext.risk.level', 'LOW, MEDIUM or HIGH, for example.'),
          SecurityRisk: dynamic(
            'securityContext.risk',
            'How risky Okta found it: level, previousLevel, reasons, detectionName, issuer.',
          ),
          SecurityUserBehaviors: dynamic(
            'securityContext.userBehaviors',
            'What was unlike the user before: a new device, a new place.',
          ),
          SecurityIpDetails: dynamic(
            'securityContext.ipDetails',
            'What the address is: ipServiceCategories name VPN, proxy or Tor.',
          ),
          SecurityBotProtection: string('securityContext.botProtection.level', 'How likely a bot did it.'),
          TransactionId: string('transaction.id', 'The same for all events of one operation.'),
          TransactionType: string('transaction.type'),
          TransactionDetail: dynamic('transaction.detail'),
          DebugContext: dynamic(
            'debugContext',
            'Members differ by event type and may change without notice.',
          ),
        },
      },
    },
  },
});
