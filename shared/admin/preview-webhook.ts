import type { Connector } from '../contract/connector';
import { SettingError } from '../contract/errors';
import type { Json } from '../contract/json';
import type { PushAnswer, PushRequest } from '../contract/push';
import type { Clock } from '../contract/run';
import type { PushedBody } from '../contract/spool';
import { formatId, type SourceId } from '../contract/checkpoint';
import { compileDrift } from '../rows/drift';
import type { RecordPreview } from './preview';
import { acceptWebhook } from '../push/webhook/endpoint';
import { createRefusedPosts } from '../push/refused-posts';
import { compileWebhook, type WebhookRecord } from '../push/webhook/rows';
import { createLog, type LogLines } from '../process/log';
import { LOGS_INGESTION_FORM } from '../sink/logs-ingestion';
import { readSettings } from '../settings/instance-settings';
import { withoutPauses } from '../values/cooperative';
import { parseJson } from '../values/json/json';
import { webhookIn, credentialsOf } from '../run/webhook-endpoints';
import { secretsOf } from '../values/secrets/secrets';
import type { Environment } from '../settings/environment';
import { whyUnreadable } from '../push/webhook/parse-body';

/** The response to one webhook request, and the outcome of its records. */
export interface WebhookPreview {
  readonly answer: PushAnswer;
  readonly records: readonly RecordPreview[];
}

/** Options of a preview. */
export interface WebhookPreviewOptions {
  readonly env: Environment;
  readonly lines: LogLines;
  readonly clock: Clock;
}

/**
 * Accepts a webhook request as the app does and formats its records for the default sink. Stores and sends nothing.
 * @throws SettingError when the source is not a webhook source
 */
export async function previewWebhook(
  connector: Connector,
  id: SourceId,
  request: PushRequest,
  { clock, env, lines }: WebhookPreviewOptions,
): Promise<WebhookPreview> {
  const source = connector.sources[id.source];
  if (source?.receive === undefined)
    throw new SettingError(`posting to ${formatId(id)}: no records are pushed to it.`);
  const { instances } = readSettings(connector, env);
  const instance = instances.find((one) => one.instance === id.instance);
  let kept: PushedBody | undefined;
  const answer = await acceptWebhook(request, {
    id,
    source,
    credentials: credentialsOf(source, id.source, instances),
    clock,
    refused: createRefusedPosts(clock),
    log: createLog(lines, secretsOf(instance?.secrets ?? [])),
    spool: () => ({
      put(_, body) {
        kept = body;
        return Promise.resolve('triggered');
      },
    }),
  });
  if (kept === undefined) return { answer, records: [] };
  const unread = whyUnreadable(kept);
  if (unread !== undefined) return { answer, records: [unreadRecord(unread)] };
  const driftOf = compileDrift(source);
  const drop = instance === undefined ? undefined : webhookIn(instance, id.source)?.drop;
  const options = { instance: id.instance, startedAt: clock.now(), sink: LOGS_INGESTION_FORM, drop };
  const records = [...withoutPauses(compileWebhook(source, options)(kept))].map((one) => ({
    record: one.record,
    outcome: one.outcome,
    drift: driftOf(one.record),
    ...outcomeOf(one),
  }));
  return { answer, records };
}

/** The outcome of an unreadable request body. */
function unreadRecord(why: string): RecordPreview {
  const deadLetter = { cause: 'body-set-aside', detail: `reading the post: ${why}` } as const;
  return { record: null, outcome: 'deadLettered', drift: [], deadLetter };
}

function outcomeOf(one: WebhookRecord): Pick<RecordPreview, 'deadLetter' | 'row'> {
  const why =
    one.outcome === 'deadLettered'
      ? one.deadLetter
      : one.outcome === 'row'
        ? one.encoded.row.truncated
        : undefined;
  return {
    ...(one.outcome === 'row' ? { row: parseJson(one.encoded.text) as Readonly<Record<string, Json>> } : {}),
    ...(why === undefined ? {} : { deadLetter: { cause: why.cause, detail: why.detail } }),
  };
}
