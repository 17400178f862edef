import { dynamic, string, type Table } from '../../shared';

export const activities = {
  name: 'AnthropicComplianceActivities_CL',
  time: 'created_at',
  eventId: 'id',
  columns: {
    ActivityId: string('id'),
    ActivityType: string(
      'type',
      'claude_chat_created, api_key_created, sso_login_initiated and hundreds more.',
    ),
    OrganizationId: string('organization_id', 'Null for sign-ins and calls of the Compliance API.'),
    OrganizationUuid: string('organization_uuid'),
    ActorType: string('actor.type', 'user_actor, api_actor, admin_api_key_actor, anthropic_actor and more.'),
    ActorEmail: string('actor.email_address'),
    ActorUnauthenticatedEmail: string('actor.unauthenticated_email_address', 'Before a sign-in is complete.'),
    ActorUserId: string('actor.user_id'),
    ActorApiKeyId: string('actor.api_key_id'),
    ActorAdminApiKeyId: string('actor.admin_api_key_id'),
    ActorDirectoryId: string('actor.directory_id', 'The directory that changed something through SCIM.'),
    SrcIpAddr: string('actor.ip_address'),
    HttpUserAgent: string('actor.user_agent'),
    Actor: dynamic('actor'),
    ChatId: string('claude_chat_id'),
    ProjectId: string('claude_project_id'),
    FileId: string('claude_file_id'),
    FileName: string('filename'),
    Url: string('url', 'Of a call to an API.'),
    RequestMethod: string('request_method'),
    StatusCode: string('status_code'),
  },
} as const satisfies Table;
