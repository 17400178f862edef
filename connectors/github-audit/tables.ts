import { bool, datetime, dynamic, int, long, string, type Table } from '../../shared';

/**
 * Git events have neither `created_at` nor `operation_type`, and web events have no transport. Both may have the other members.
 */
const columns = {
  Action: string('action', 'What happened, as category.operation: repo.create, git.clone.'),
  OperationType: string('operation_type', 'create, access, modify, remove, authentication and more.'),
  CreatedAt: datetime('created_at', 'When it was recorded; only web events say it.'),
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
  PreviousVisibility: string('previous_visibility', 'What it was before it was changed.'),
  Team: string('team'),
  Name: string('name'),
  Permission: string('permission'),
  OldPermission: string('old_permission'),
  BlockedUser: string('blocked_user', 'The account that was blocked or unblocked.'),
  Email: string('email', 'Whom an invitation or a change was sent to.'),
  InviteeEmail: string('invitee_email'),
  OauthApplication: string('oauth_application', 'The OAuth app that was approved, denied, or given a token.'),
  Integration: string('integration', 'The GitHub App that was installed, asked for, or changed.'),
  RepositorySelection: string('repository_selection', 'What the GitHub App may see: all or selected.'),
  HookId: long('hook_id', 'The webhook that was made or changed.'),
  Events: dynamic('events', 'What the webhook is sent, or what belongs to the event: texts or objects.'),
  SecretType: string('secret_type', 'The kind of secret that secret scanning found.'),
  RulesetName: string('ruleset_name', 'The repository rules that were changed.'),
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
