import { datetime, dynamic, long, real, string, type Table } from '../../shared';

const client = {
  ClientAppName: string('client.app_name'),
  ClientAppVersion: string('client.app_version'),
  ClientPlatformName: string('client.platform_name', 'The browser or the command line, for example.'),
  ClientPlatformVersion: string('client.platform_version'),
  ClientOsName: string('client.os_name'),
  ClientOsVersion: string('client.os_version'),
  ClientIpAddress: string('client.ip_address'),
};

const location = {
  LocationCountry: string('location.country'),
  LocationRegion: string('location.region'),
  LocationCity: string('location.city'),
  LocationLatitude: real('location.latitude'),
  LocationLongitude: real('location.longitude'),
};

export const signInAttempts = {
  name: 'OnePasswordSignInAttempts_CL',
  time: 'timestamp',
  eventId: 'uuid',
  columns: {
    Category: string(
      'category',
      'success, credentials_failed, mfa_failed, sso_failed, firewall_failed and more.',
    ),
    AttemptType: string(
      'type',
      'The outcome in detail: credentials_ok, password_secret_bad, continent_blocked.',
    ),
    Details: dynamic('details', 'What a firewall rule met, for example.'),
    Country: string('country'),
    SessionUuid: string('session_uuid'),
    TargetUserUuid: string('target_user.uuid'),
    TargetUserName: string('target_user.name'),
    TargetUserEmail: string('target_user.email'),
    TargetUserType: string('target_user.user_type'),
    TargetUserAccountUuid: string('target_user.user_account_uuid'),
    ...client,
    ...location,
    AccountUuid: string('account_uuid'),
  },
} satisfies Table;

export const itemUsages = {
  name: 'OnePasswordItemUsages_CL',
  time: 'timestamp',
  eventId: 'uuid',
  columns: {
    Action: string('action', 'fill, reveal, secure-copy, export, share, server-create and more.'),
    ItemUuid: string('item_uuid', 'Names of items and vaults are encrypted and never given.'),
    VaultUuid: string('vault_uuid'),
    UsedVersion: long('used_version'),
    UserUuid: string('user.uuid'),
    UserName: string('user.name'),
    UserEmail: string('user.email'),
    UserType: string('user.user_type'),
    UserAccountUuid: string('user.user_account_uuid'),
    ...client,
    ...location,
    AccountUuid: string('account_uuid'),
  },
} satisfies Table;

export const auditEvents = {
  name: 'OnePasswordAuditEvents_CL',
  time: 'timestamp',
  eventId: 'uuid',
  columns: {
    Action: string('action', 'create, delete, grant, join, suspend and more.'),
    ObjectType: string(
      'object_type',
      'A short code: user, gm (group membership), uva (access of a user to a vault).',
    ),
    ObjectUuid: string('object_uuid'),
    ObjectDetails: dynamic('object_details', 'The team member, where the object is one.'),
    ActorUuid: string('actor_uuid'),
    ActorDetails: dynamic('actor_details'),
    ActorName: string('actor_details.name'),
    ActorEmail: string('actor_details.email'),
    ActorType: string('actor_type'),
    ActorAccountUuid: string('actor_account_uuid'),
    AuxId: long('aux_id', 'More about the action; what it means depends on action and object.'),
    AuxUuid: string('aux_uuid'),
    AuxDetails: dynamic('aux_details'),
    AuxInfo: string('aux_info'),
    SessionUuid: string('session.uuid'),
    SessionLoginTime: datetime('session.login_time'),
    SessionDeviceUuid: string('session.device_uuid'),
    SessionIpAddress: string('session.ip'),
    ...location,
    AccountUuid: string('account_uuid'),
  },
} satisfies Table;
