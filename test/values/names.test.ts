import { hashBelow, toVariable } from '../../shared/values/names';

test.each([
  ['url', 'URL'],
  ['baseUrl', 'BASE_URL'],
  ['acme-edr', 'ACME_EDR'],
  ['auditLog2', 'AUDIT_LOG2'],
  ['s3Access_DROP', 'S3_ACCESS_DROP'],
  ['DCR_STREAMS', 'DCR_STREAMS'],
])('%s is the variable %s', (name, variable) => {
  expect(toVariable(name)).toBe(variable);
});

describe('spread', () => {
  test('gives a name the same number every time', () => {
    expect(hashBelow('acme-edr', 60)).toBe(hashBelow('acme-edr', 60));
  });

  test('stays below its limit and uses most of the range', () => {
    const numbers = Array.from({ length: 500 }, (_, i) => hashBelow(`connector-${i}`, 60));
    expect(numbers.every((number) => Number.isInteger(number) && number >= 0 && number < 60)).toBe(true);
    expect(new Set(numbers).size).toBeGreaterThan(50);
  });
});
