import { dynamic, int, long, string, type Table } from '../../shared';

export const authentication = {
  name: 'DuoAuthenticationLog_CL',
  time: 'isotimestamp',
  eventId: 'txid',
  columns: {
    EventCategory: string('event_type', 'authentication or enrollment.'),
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
    AccessDeviceIp: string('access_device.ip', 'The device that wants access.'),
    AccessDeviceHostname: string('access_device.hostname'),
    AccessDeviceKey: string('access_device.epkey'),
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
    AuthDeviceIp: string('auth_device.ip'),
    AuthDeviceCity: string('auth_device.location.city'),
    AuthDeviceState: string('auth_device.location.state'),
    AuthDeviceCountry: string('auth_device.location.country'),
    TrustedEndpointStatus: string('trusted_endpoint_status', 'trusted, not trusted or unknown.'),
    TrustAssessments: dynamic('adaptive_trust_assessments', 'What risk-based authentication found.'),
    OutOfDateSoftware: string('ood_software'),
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

export const telephony = {
  name: 'DuoTelephonyLog_CL',
  time: 'ts',
  eventId: 'telephony_id',
  columns: {
    Context: string('context', 'administrator login, authentication, enrollment or verify.'),
    Method: string('type', 'phone or sms.'),
    Phone: string('phone'),
    Credits: int('credits', 'What it cost.'),
    TransactionId: string('txid', 'The EventId in the authentication log, where there is one.'),
  },
} satisfies Table;
