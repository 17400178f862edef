import type { Connector, Page, PullContext, PullSource, SettingValues } from '../contract/connector';
import { ContractError } from '../contract/errors';
import type { JsonObject } from '../contract/json';
import { stringifyJson } from '../values/json/json';
import { isObject } from '../values/json-path';
import { positionSeal } from '../values/secrets/sealed-position';
import type { Secrets } from '../values/secrets/secrets';
import { textsIn } from '../kit/template';

/** The values of a source's secret settings, by key. */
export function secretsIn({ settings }: Connector, source: PullSource, values: SettingValues): SettingValues {
  const declared = Object.entries({ ...settings, ...source.settings });
  return Object.fromEntries(
    declared.filter(([, { kind }]) => kind === 'secret').map(([key]) => [key, values[key] ?? '']),
  );
}

/**
 * Wraps a source so that its stored positions contain no secret. The value of a secret setting is replaced by the setting's
 * name, and restored for the next pull. A page whose position contains a secret that the run obtained is delivered without
 * moving the position; then reading throws a ContractError, because that secret could not be restored.
 * @param who for messages: `acme/alerts`
 */
export function sealSource(
  source: PullSource,
  who: string,
  settings: SettingValues,
  secrets: Pick<Secrets, 'holds'>,
): PullSource {
  const { open, seal } = positionSeal(settings);
  const { pull: read } = source;
  async function* pull(context: PullContext): AsyncGenerator<Page, void, undefined> {
    const { checkpoint } = context;
    const opened = checkpoint === null ? context : { ...context, checkpoint: open(checkpoint) };
    for await (const page of read.call(source, opened)) {
      // read-pages.ts reports a checkpoint that is not an object.
      if (page.stays === true || !isObject(page.checkpoint)) yield page;
      else {
        const sealed = seal(page.checkpoint);
        if (secrets.holds(stringifyJson(sealed))) {
          yield { ...page, checkpoint: {}, last: false, stays: true };
          throw secretInPosition(sealed, who, secrets);
        }
        yield { ...page, checkpoint: sealed };
      }
    }
  }
  const { objects, rest } = read;
  const declared = { ...(rest === undefined ? {} : { rest }), ...(objects === undefined ? {} : { objects }) };
  return { ...source, pull: Object.assign(pull, declared) };
}

function secretInPosition(position: JsonObject, who: string, secrets: Pick<Secrets, 'holds'>): ContractError {
  const [member = 'a member’s name'] =
    textsIn(position, 'checkpoint').find(([, text]) => secrets.holds(text)) ?? [];
  return new ContractError(
    `pulling ${who}: a secret that the run obtained is in its page's ${member}, and is not stored. The page's records are delivered. Keep only a position in the checkpoint, and obtain the secret again in each run.`,
  );
}
