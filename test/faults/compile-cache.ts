import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Script } from 'node:vm';

/** A loaded module whose compiled code can be cached beside it. */
export interface Compiled<T> {
  readonly exports: T;
  /** Caches what is compiled so far, unless another process already did. */
  keep(): void;
}

/**
 * Loads a built module as `require` does, with the compiled code that an earlier process cached. Without it, loading
 * takes a third of the time of a killed process.
 * @param file CommonJS; the cache is valid for these bytes only
 */
export function loadCompiled<T>(file: string): Compiled<T> {
  const cache = `${file}.v8`;
  const cachedData = existsSync(cache) ? readFileSync(cache) : undefined;
  const wrapped = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(file, 'utf8')}\n})`;
  const script = new Script(wrapped, {
    filename: file,
    ...(cachedData === undefined ? {} : { cachedData }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  run(module.exports, createRequire(file), module, file, dirname(file));
  return {
    exports: module.exports as T,
    keep() {
      if (existsSync(cache)) return;
      const own = `${cache}.${process.pid}`;
      writeFileSync(own, script.createCachedData());
      renameSync(own, cache);
    },
  };
}
