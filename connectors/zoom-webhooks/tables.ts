import { dynamic, string, type Table } from '../../shared';

/**
 * The members of every event, and those of most objects. A column of its own holds the whole object.
 * @see https://developers.zoom.us/docs/api/users/events/
 */
export const events = {
  name: 'ZoomWebhookEvents_CL',
  time: 'event_ts',
  columns: {
    Event: string('event', 'What happened, as object.action: user.signed_in, meeting.started.'),
    AccountId: string('payload.account_id'),
    Operator: string('payload.operator', 'The e-mail address of whoever did it; not every event has one.'),
    OperatorId: string('payload.operator_id'),
    Operation: string('payload.operation', 'How many it was done to at once: single, all.'),
    ObjectId: string('payload.object.id', 'Of the user, the meeting, the recording.'),
    ObjectEmail: string('payload.object.email', 'Of the user.'),
    ClientType: string('payload.object.client_type', 'What somebody signed in with: browser, mac, windows.'),
    HostId: string('payload.object.host_id', 'Of the meeting.'),
    Topic: string('payload.object.topic', 'Of the meeting.'),
    Participant: dynamic('payload.object.participant', 'Who joined or left.'),
    Object: dynamic('payload.object', 'What it was done to, as it is now.'),
    OldObject: dynamic('payload.old_object', 'What it was before, as far as it was changed.'),
  },
} as const satisfies Table;
