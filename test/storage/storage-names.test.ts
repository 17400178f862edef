import { prefixProblems, storageName } from '../../shared/storage/storage-names';
import { readStorageSettings } from '../../shared/storage/storage-settings';

const withPrefix = (STORAGE_PREFIX: string) => ({ STORAGE_PREFIX });

/** Azure's rule for the name of a container or a queue. */
const AZURE = /^(?=.{3,63}$)[a-z\d]+(-[a-z\d]+)*$/;
const NAMES = ['tributary', 'tributary-backfill-poison'];

test.each(['a', '7', 'soc-2', 'a-b-c', ' emea ', 'x'.repeat(32)])(
  '%j is a valid prefix for names in Azure',
  (prefix) => {
    expect(prefixProblems(withPrefix(prefix))).toEqual([]);
    for (const name of NAMES) {
      const made = storageName(withPrefix(prefix), name);
      expect(made).toBe(`${prefix.trim()}-${name}`);
      expect(made).toMatch(AZURE);
    }
  },
);

test.each([{}, withPrefix(''), withPrefix('  ')])('without a prefix names are unchanged: %j', (env) => {
  expect(prefixProblems(env)).toEqual([]);
  expect(NAMES.map((name) => storageName(env, name))).toEqual(NAMES);
});

test.each(['EMEA', 'emea-', '-emea', 'a--b', 'a_b', 'a.b', 'a/b', 'é', 'a b', 'x'.repeat(33)])(
  '%j is reported with what to write, and storage is not opened',
  (prefix) => {
    const [problem = ''] = prefixProblems(withPrefix(prefix));
    expect(problem).toMatch(
      /^STORAGE_PREFIX: .* cannot begin the name of a container or a queue\. Write 1 to 32 /,
    );
    const open = (): unknown =>
      readStorageSettings({ AzureWebJobsStorage__accountName: 'example', ...withPrefix(prefix) });
    expect(open).toThrow(`opening storage: ${problem}`);
  },
);

test('an unresolved reference is named and not quoted', () => {
  const env = withPrefix('@Microsoft.KeyVault(SecretUri=https://vault.example/secrets/x)');
  const [problem] = prefixProblems(env);
  expect(problem).toMatch(/^STORAGE_PREFIX is a Key Vault reference that was not resolved\./);
  expect(problem).not.toContain('vault.example');
});
