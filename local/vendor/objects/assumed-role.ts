import { createHash } from 'node:crypto';
import type { ObjectsSpec } from '../../../shared/contract/objects';
import type { Refusal, VendorAnswer, VendorRequest } from '../../../shared/contract/simulator';
import { endOf, isIssued, issueToken } from '../requests/issued-token';
import { checkSignature, type AccountKeys } from './check-signature';

/** The shortest life that a caller may ask for. @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const LIFE_MS = 900_000;

/** The keys of the settings, which are those of the account or of a user that may assume its role. */
export function ownKeys({ keys }: ObjectsSpec, settings: VendorRequest['settings']): AccountKeys {
  const valueOf = (name: string | undefined): string => (name === undefined ? '' : (settings[name] ?? ''));
  return { id: valueOf(keys.id), secret: valueOf(keys.secret), token: valueOf(keys.token) };
}

/** The keys that a request must be signed with: those of the role that its session token was issued for, if one is declared. */
export function keysOf(spec: ObjectsSpec, request: VendorRequest): AccountKeys {
  if (!hasRole(spec, request)) return ownKeys(spec, request.settings);
  const token = String(request.headers['x-amz-security-token'] ?? '');
  return isIssued(token, OF_ROLE, request) ? issuedKeys(token) : { id: '', secret: '', token: '' };
}

/** True for a call to STS. */
export function isAssuming({ body }: Pick<VendorRequest, 'body'>): boolean {
  return new URLSearchParams(body).get('Action') === 'AssumeRole';
}

/** Checks a request for a role, and gives keys that live for 15 minutes. */
export function answerRole(spec: ObjectsSpec, request: VendorRequest): VendorAnswer | Refusal {
  const refused = checkSignature(request, 'sts', ownKeys(spec, request.settings));
  if (refused !== undefined) return refused;
  const asked = new URLSearchParams(request.body);
  const { arn = '', externalId = '' } = spec.role ?? {};
  const isRole = hasRole(spec, request) && asked.get('RoleArn') === request.settings[arn];
  if (!isRole || (asked.get('ExternalId') ?? '') !== (request.settings[externalId] ?? ''))
    return {
      status: 403,
      because: 'the role or the external id is another one',
      body: { Code: 'AccessDenied' },
    };
  const token = issueToken(OF_ROLE, request, LIFE_MS);
  const { id, secret } = issuedKeys(token);
  const end = new Date(endOf(token)).toISOString();
  return {
    headers: { 'content-type': 'text/xml' },
    body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${end}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
  };
}

const OF_ROLE = ['assumed role'];

function hasRole({ role }: ObjectsSpec, { settings }: Pick<VendorRequest, 'settings'>): boolean {
  return role !== undefined && (settings[role.arn] ?? '') !== '';
}

function issuedKeys(token: string): AccountKeys {
  const secret = createHash('sha256').update(`key of ${token}`).digest('hex');
  return { id: `ASIA${secret.slice(0, 16).toUpperCase()}`, secret, token };
}
