import { dynamic, int, long, string, type Table } from '../../shared';

/*
 * A column with the meaning of a column in Microsoft's tables for Duo has the same name, so that queries can be reused.
 * @see https://github.com/Azure/Azure-Sentinel/tree/master/Solutions/CiscoDuoSecurity/Data%20Connectors
 */

export const authentication = {
  name: 'DuoAuthenticationLog_CL',
  time: 'isotimestamp',
  eventId: 'txid',
  columns: {
    EventType: string('event_type', 'authentication or enrollment.'),
    Result: string('result', 'success, denied, failure, error or fraud.'),
    Reason: string('reason', 'Why: user_approved, user_marked_fraud, location_restricted and more.'),
    Factor: string('factor', 'duo_push, passcode, phone_call, remembered_device and more.'),
    UserName: string('user.name'),
    UserKey: string('user.key'),
    UserGroups: dynamic('user.groups'),
    Email: string('email'),
    Alias: string('alias', 'The alias that was used to sign in.'),
    ApplicationName: string('application.name'),
    ApplicationKey: string('application.key'),
    ApplicationDestinationName: string(
      'application.destination_app_name',
      'Of a single sign-on: the application that it was for.',
    ),
    AccessDeviceIp: string(
      'access_device.ip',
      'The device that wants access. An address may end in a port: 192.0.2.14:51234, 192.0.2.14#51234.',
    ),
    AccessDeviceHostname: string('access_device.hostname'),
    AccessDeviceEpkey: string('access_device.epkey'),
    AccessDeviceOs: string('access_device.os'),
    AccessDeviceOsVersion: string('access_device.os_version'),
    AccessDeviceBrowser: string('access_device.browser'),
    AccessDeviceBrowserVersion: string('access_device.browser_version'),
    AccessDeviceJavaVersion: string('access_device.java_version'),
    AccessDeviceFlashVersion: string('access_device.flash_version'),
    AccessDeviceIsEncryptionEnabled: string(
      'access_device.is_encryption_enabled',
      'true, false or unknown; so the next two.',
    ),
    AccessDeviceIsFirewallEnabled: string('access_device.is_firewall_enabled'),
    AccessDeviceIsPasswordSet: string('access_device.is_password_set'),
    AccessDeviceSecurityAgents: dynamic('access_device.security_agents'),
    AccessDeviceCity: string('access_device.location.city'),
    AccessDeviceState: string('access_device.location.state'),
    AccessDeviceCountry: string('access_device.location.country'),
    AuthDeviceName: string('auth_device.name', 'The device that answers, often a phone number.'),
    AuthDeviceKey: string('auth_device.key'),
    AuthDeviceIp: string('auth_device.ip', 'An address may end in a port, as AccessDeviceIp.'),
    AuthDeviceCity: string('auth_device.location.city'),
    AuthDeviceState: string('auth_device.location.state'),
    AuthDeviceCountry: string('auth_device.location.country'),
    TrustedEndpointStatus: string('trusted_endpoint_status', 'trusted, not trusted or unknown.'),
    TrustedSessionUuid: string(
      'trusted_session_info.trusted_session_uuid',
      'The remembered session, where there is one.',
    ),
    AdaptiveTrustAssessments: dynamic('adaptive_trust_assessments', 'What risk-based authentication found.'),
    TriggeredAttacks: dynamic(
      'rbfs_triggered_attacks',
      'The attacks that made risk-based factor selection ask for more.',
    ),
    PassportAssessment: dynamic('passport_assessment', 'What Duo Passport decided, and why.'),
    OodSoftware: string('ood_software', 'The software that is out of date.'),
    UnixTime: long('timestamp', 'The event time in whole seconds.'),
  },
} satisfies Table;

export const administrator = {
  name: 'DuoAdministrator_CL',
  time: 'isotimestamp',
  columns: {
    Action: string('action', 'admin_login, user_create, bypass_create, integration_update and more.'),
    Username: string('username', 'The administrator; or API, System, or the name of a directory sync.'),
    Object: string('object', 'What was acted on: a user, a phone, an application.'),
    Description: string('description', 'What changed: free text, or JSON as text for parse_json().'),
    UnixTime: long('timestamp', 'The event time in whole seconds.'),
  },
} satisfies Table;

export const activity = {
  name: 'DuoActivityLog_CL',
  time: 'ts',
  eventId: 'activity_id',
  columns: {
    ActionName: string('action.name', 'What was done: webauthncredential_create, password_change and more.'),
    ActionDetails: string(
      'action.details',
      'More about it: JSON as text for parse_json(); so every …Details.',
    ),
    ActorKey: string('actor.key'),
    ActorName: string('actor.name', 'Who did it.'),
    ActorType: string('actor.type', 'What did it: user, for example.'),
    ActorDetails: string('actor.details'),
    TargetKey: string('target.key'),
    TargetName: string('target.name', 'To whom or what it was done.'),
    TargetType: string('target.type', 'What that is: webauthn_credential, for example.'),
    TargetDetails: string('target.details', 'How it is now.'),
    OldTarget: dynamic('old_target', 'How it was before, where it was changed.'),
    OutcomeResult: string('outcome.result', 'SUCCESS or FAILURE.'),
    ApplicationKey: string('application.key'),
    ApplicationName: string('application.name', 'The application in which it was done.'),
    ApplicationType: string('application.type'),
    AccessDeviceIp: string('access_device.ip.address', 'The device that it was done from.'),
    AccessDeviceEpkey: string('access_device.epkey'),
    AccessDeviceOs: string('access_device.os'),
    AccessDeviceOsVersion: string('access_device.os_version'),
    AccessDeviceBrowser: string('access_device.browser'),
    AccessDeviceBrowserVersion: string('access_device.browser_version'),
    AccessDeviceCity: string('access_device.location.city'),
    AccessDeviceState: string('access_device.location.state'),
    AccessDeviceCountry: string('access_device.location.country'),
    AccountKey: string('akey', 'The Duo account.'),
  },
} satisfies Table;

export const telephony = {
  name: 'DuoTelephonyLog_CL',
  time: 'ts',
  eventId: 'telephony_id',
  columns: {
    Context: string('context', 'administrator login, authentication, enrollment or verify.'),
    TelephonyType: string('type', 'phone or sms.'),
    Phone: string('phone'),
    Credits: int('credits', 'What it cost.'),
    TxId: string('txid', 'The EventId in the authentication log, where there is one.'),
  },
} satisfies Table;
