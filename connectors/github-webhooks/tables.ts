import { bool, dynamic, long, string, type Table } from '../../shared';

/**
 * The members that most events have, and those of the most used events. Other members go to `AdditionalFields`.
 * GitHub signs only the body, so the event id is the hash of the record and not a header. No member holds the time in all
 * events, so the event time is the time of receipt, a moment after the event.
 */
export const events = {
  name: 'GitHubWebhook_CL',
  time: '@received',
  columns: {
    Event: string('@headers.x-github-event', 'What happened, as X-GitHub-Event: push, member, ping.'),
    Action: string('action', 'What of it: created, added, removed; not every event has one.'),
    Sender: string('sender.login', 'The account that did it.'),
    SenderId: long('sender.id'),
    SenderType: string('sender.type', 'User, Bot or Organization.'),
    Repository: string('repository.full_name', 'Owner and name: example-org/example.'),
    RepositoryId: long('repository.id'),
    RepositoryPrivate: bool('repository.private'),
    Organization: string('organization.login'),
    OrganizationId: long('organization.id'),
    Enterprise: string('enterprise.slug'),
    EnterpriseId: long('enterprise.id'),
    InstallationId: long('installation.id', 'Of the GitHub App that the webhook belongs to.'),
    Member: string('member.login', 'The account that it was done to.'),
    BlockedUser: string('blocked_user.login', 'The account that an organisation blocked or unblocked.'),
    Team: string('team.slug', 'The team that was changed, or to which somebody was added.'),
    Number: long('number', 'Of a pull request.'),
    Ref: string('ref', 'The branch or the tag: refs/heads/main.'),
    RefType: string('ref_type', 'Of what was created or deleted: branch or tag.'),
    Before: string('before', 'Of a push: the commit before it.'),
    After: string('after', 'Of a push: the commit after it.'),
    Forced: bool('forced', 'True for a push that rewrote history.'),
    Created: bool('created', 'True for a push that created the branch or the tag.'),
    Deleted: bool('deleted', 'True for a push that deleted it.'),
    Pusher: string('pusher.name'),
    Changes: dynamic('changes', 'Of an edit: what it was before.'),
    Alert: dynamic('alert', 'Of a security alert: code scanning, secret scanning, Dependabot.'),
    CommitOid: string('commit_oid', 'The commit that a code scanning alert is about.'),
    Rule: dynamic('rule', 'The branch protection that was changed.'),
    DeliveryId: string(
      '@headers.x-github-delivery',
      'The id of the delivery, from a header that GitHub does not sign.',
    ),
    HookId: long('@headers.x-github-hook-id', 'The webhook that sent it.'),
    HookTargetType: string(
      '@headers.x-github-hook-installation-target-type',
      'What the webhook was made in: repository, organization, business, integration.',
    ),
    HookTargetId: long('@headers.x-github-hook-installation-target-id'),
  },
} as const satisfies Table;
