import { bool, datetime, int, long, string, type Table } from '../../shared';

/** Git events have no `created_at` and no `operation_type`, web events no transport; the rest both may have. */
const columns = {
  Action: string('action', 'What happened, as category.operation: repo.create, git.clone.'),
  OperationType: string('operation_type', 'create, access, modify, remove, authentication and more.'),
  CreatedAt: datetime('created_at', 'When it happened; only web events say it.'),
  Actor: string('actor', 'The account that did it.'),
  ActorId: long('actor_id'),
  ActorIp: string('actor_ip', 'Only where the owners have chosen to see addresses.'),
  ActorCountry: string('actor_location.country_code'),
  ActorIsBot: bool('actor_is_bot'),
  User: string('user', 'The account that it was done to.'),
  UserId: long('user_id'),
  UserAgent: string('user_agent'),
  Business: string('business', 'The enterprise.'),
  BusinessId: long('business_id'),
  Org: string('org'),
  OrgId: long('org_id'),
  Repo: string('repo', 'Owner and name: example-org/example.'),
  RepoId: long('repo_id'),
  Repository: string('repository', 'What Git events call the repository besides repo.'),
  RepositoryPublic: bool('repository_public'),
  PublicRepo: bool('public_repo', 'What web events say instead of repository_public.'),
  Visibility: string('visibility'),
  Team: string('team'),
  Name: string('name'),
  Permission: string('permission'),
  OldPermission: string('old_permission'),
  TransportProtocol: int('transport_protocol', 'Of Git events: 1 is http, 2 is ssh.'),
  TransportProtocolName: string('transport_protocol_name'),
  ProgrammaticAccessType: string('programmatic_access_type', 'The kind of token or key that was used.'),
  HashedToken: string('hashed_token', 'SHA-256 of the token, in Base64: the same for every use of it.'),
  TokenId: long('token_id'),
  TokenScopes: string('token_scopes'),
  ExternalIdentityNameId: string('external_identity_nameid', 'The SAML NameID.'),
  ExternalIdentityUsername: string('external_identity_username', 'The SCIM user name.'),
  RequestId: string('request_id'),
};

export const organizationEvents = {
  name: 'GitHubOrganizationAudit_CL',
  time: '@timestamp',
  eventId: '_document_id',
  columns,
} satisfies Table;

export const enterpriseEvents = {
  name: 'GitHubEnterpriseAudit_CL',
  time: '@timestamp',
  eventId: '_document_id',
  columns,
} satisfies Table;
