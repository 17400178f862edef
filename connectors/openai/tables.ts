import { dynamic, string, type Table } from '../../shared';

export const auditLogs = {
  name: 'OpenAIAuditLogs_CL',
  time: 'effective_at',
  eventId: 'id',
  columns: {
    Id: string('id'),
    EventType: string('type', 'api_key.created, login.failed, role.assignment.created and more.'),
    ActorType: string('actor.type', 'session or api_key.'),
    ActorUserId: string("$.actor['session','api_key'].user.id", 'Who is signed in, or owns the key.'),
    ActorEmail: string("$.actor['session','api_key'].user.email"),
    ActorApiKeyId: string('actor.api_key.id', 'The key that was used.'),
    ActorApiKeyType: string('actor.api_key.type', 'user or service_account.'),
    ActorServiceAccountId: string('actor.api_key.service_account.id'),
    SrcIpAddr: string('actor.session.ip_address'),
    SrcCountry: string('actor.session.ip_address_details.country'),
    SrcRegion: string('actor.session.ip_address_details.region'),
    SrcCity: string('actor.session.ip_address_details.city'),
    HttpUserAgent: string('actor.session.user_agent'),
    Ja3: string('actor.session.ja3', 'A TLS fingerprint of the client.'),
    Ja4: string('actor.session.ja4'),
    Actor: dynamic('actor'),
    ProjectId: string('project.id', 'Absent for what concerns the whole organization.'),
    ProjectName: string('project.name'),
    Object: string('object', 'organization.audit_log.'),
  },
} as const satisfies Table;
