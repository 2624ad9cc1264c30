// The build settings that every published package shares: ESM, CommonJS and declarations.
import { defineConfig, type Options } from 'tsup';

/**
 * Gives classes their names back. A class that mentions itself becomes `var Linear = class _Linear`
 * in a bundle, and its name is printed and stands in messages. (esbuild's own `keepNames` calls a
 * function for every closure that is made, which is slow, and none of it can be shaken off.)
 */
const classNames: NonNullable<Options['plugins']>[number] = {
  name: 'class-names',
  renderChunk(code, { map }) {
    let named = code;
    for (const [, name] of code.matchAll(/^var (\w+) = class _\1 /gm)) {
      named = named.replace(new RegExp(`(?<![\\w$.])_${name}(?![\\w$])`, 'g'), name);
    }
    return { code: named, map };
  },
};

/** Settings of a library: `dist/index.js`, `dist/index.cjs` and a declaration file for each. */
export function library(options: Options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    target: ['es2022', 'node20'],
    platform: 'neutral',
    tsconfig: 'tsconfig.build.json',
    sourcemap: true,
    clean: true,
    silent: true,
    plugins: [classNames],
    ...options,
  });
}

/** Settings of a program that is run, not imported: `dist/main.js`, ESM, no declarations. */
export function program(options: Options = {}) {
  return defineConfig({
    entry: ['src/main.ts'],
    format: ['esm'],
    target: ['es2022', 'node20'],
    platform: 'node',
    tsconfig: 'tsconfig.build.json',
    sourcemap: true,
    clean: true,
    silent: true,
    plugins: [classNames],
    ...options,
  });
}
