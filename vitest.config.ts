// Runs the tests of every package, app and tool on the sources, without a build.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));

// A project for each folder below packages, apps and tools that could hold tests.
const folders = ['packages', 'apps', 'tools'].flatMap((group) =>
  readdirSync(`${root}${group}`)
    .filter((name) => existsSync(`${root}${group}/${name}/package.json`))
    .map((name) => ({
      name: group === 'packages' ? name : `${group}/${name}`,
      dir: `${root}${group}/${name}`,
    })),
);
folders.push({ name: 'tools/scripts', dir: `${root}tools/scripts` });

export default defineConfig({
  test: {
    projects: folders.map(({ name, dir }) => ({
      root: dir,
      resolve: {
        alias: [
          { find: /^@dl\/([a-z0-9-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
          { find: /^dl-(figures|lesson-test)$/, replacement: `${root}tools/$1/src/index.ts` },
        ],
      },
      test: {
        name,
        environment: 'node',
        include: ['test/**/*.test.ts', 'test/**/*.test.mjs'],
        testTimeout: 30_000,
      },
    })),
  },
});
