// The build settings that every published package shares: ESM, CommonJS and declarations.
import { defineConfig, type Options } from 'tsup';

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
    // Bundling may rename classes (`_Linear`), whose names are printed and stand in messages.
    keepNames: true,
    clean: true,
    silent: true,
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
    ...options,
  });
}
