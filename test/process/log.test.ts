import { createLog, type LogLines } from '../../shared/process/log';
import { secretsOf } from '../../shared/values/secrets/secrets';

/** Records the lines of each level. */
function keepLines(): LogLines & { readonly lines: readonly (readonly [string, string])[] } {
  const lines: (readonly [string, string])[] = [];
  const keep = (level: string) => (line: string) => void lines.push([level, line]);
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') };
}

test('a line is one JSON object, the sentence first', () => {
  const out = keepLines();
  const log = createLog(out);
  log.info({ rows: 5 }, 'run ended');
  log.warn({}, 'asking again');
  log.error({ reason: 'a\nb' }, 'run ended');
  expect(out.lines).toEqual([
    ['info', '{"msg":"run ended","rows":5}'],
    ['warn', '{"msg":"asking again"}'],
    ['error', '{"msg":"run ended","reason":"a\\nb"}'],
  ]);
});

test('a line with a large integer is valid JSON', () => {
  const out = keepLines();
  createLog(out).info({ at: 9007199254740993n }, 'run ended');
  expect(out.lines).toEqual([['info', '{"msg":"run ended","at":9007199254740993}']]);
});

test('a line contains no secret, in whatever form it was passed', () => {
  const out = keepLines();
  const secret = 'p/w "1"\\n';
  const log = createLog(out, secretsOf([secret, 'other-key']));
  log.error(
    {
      reason: `asking https://vendor.test/?k=${encodeURIComponent(secret)} as ${secret}`,
      deep: [{ key: 'xother-keyx' }],
    },
    'run ended',
  );
  expect(out.lines).toEqual([
    [
      'error',
      '{"msg":"run ended","reason":"asking https://vendor.test/?k=*** as ***","deep":[{"key":"x***x"}]}',
    ],
  ]);
});
