// Makes one file of a program and everything that it imports, for tests that need a process.
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Bundles `entry` (a path below apps/digits) from the sources into `folder`; returns the file. */
export async function bundle(entry: string, folder: string): Promise<string> {
  const packages = ['core', 'nn', 'optim', 'losses', 'data', 'io'];
  await build({
    config: false,
    entry: { program: `${root}apps/digits/${entry}` },
    outDir: folder,
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    platform: 'node',
    target: 'node20',
    noExternal: [/^@dl\//],
    silent: true,
    tsconfig: `${root}apps/digits/tsconfig.build.json`,
    esbuildOptions: (options) => {
      options.alias = {
        '@dl/core/functional': `${root}packages/core/src/functional.ts`,
        ...Object.fromEntries(
          packages.map((name) => [`@dl/${name}`, `${root}packages/${name}/src/index.ts`]),
        ),
      };
    },
  });
  return `${folder}/program.mjs`;
}
