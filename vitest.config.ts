// Runs the tests of every package, app and tool on the sources, without a build. Where `npm test` has built the packages
// before, apps and tools are tested on these builds, which are read many times faster, and the sources of each backend beside
// the build of core.
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { LongestFirst, Progress } from './tools/scripts/lib/progress.mjs';
import { provideAdapter } from './tools/testing/src/webgpu.js';

const root = fileURLToPath(new URL('.', import.meta.url));

// The folders below packages, apps and tools that hold tests.
const folders = ['packages', 'apps', 'tools'].flatMap((group) =>
  readdirSync(`${root}${group}`)
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(`${root}${folder}/test`)),
);
// The addon needs a C++ compiler, which not every machine has; CI says that it must be there.
const addon = `${root}packages/backend-cpu-${process.platform}-${process.arch}/prebuilds/dl-cpu.node`;
const withAddon = existsSync(addon) || process.env.DL_REQUIRE_NATIVE === '1';
if (!withAddon && !process.env.VITEST_WORKER_ID) {
  console.warn(
    "No addon of @dl/backend-cpu here (no C++ compiler?): the addons' tests are not run; DL_REQUIRE_NATIVE=1 makes that a failure.",
  );
}
// WebGPU needs an adapter; the software one that comes with Chromium will do, and CI says that it must be there.
const withAdapter = provideAdapter() || process.env.DL_REQUIRE_WEBGPU === '1';
if (!withAdapter && !process.env.VITEST_WORKER_ID) {
  console.warn(
    'No software adapter for WebGPU here (it comes with Chromium): the tests on it are not run; DL_REQUIRE_WEBGPU=1 makes that a failure.',
  );
}
const needsAdapter = [
  'packages/backend-webgpu/test/**',
  'apps/digits/test/webgpu.test.ts',
  'tools/conformance/test/webgpu.test.ts',
  'tools/conformance/test/browser.test.ts',
];
const needsAddon = [
  'packages/backend-cpu/test/**',
  'packages/backend-cuda/test/**',
  'tools/conformance/test/native.test.ts',
  'tools/zoo/test/addon.test.ts',
];
// The stand-ins for CUDA's libraries are for Linux; there they are built where the addon is, and CI requires both.
const withEmulator = process.platform === 'linux' && withAddon;
if (!withEmulator && withAddon && !process.env.VITEST_WORKER_ID) {
  console.warn('The emulator of CUDA devices is for Linux: the tests on it are not run here.');
}
const needsEmulator = [
  'packages/backend-cuda/test/missing.test.ts',
  'tools/cuda-emulator/test/**',
  'tools/doctor/test/gpu-check.test.ts',
  'tools/conformance/test/cuda.test.ts',
];

// It measures how often a page is drawn, which other work on the machine would change.
const alone = ['apps/playground/test/browser/frames.test.ts'];
// They count bytes of the heap, in which the counters of `pnpm coverage` are too.
const countsTheHeap = ['packages/core/test/memory.test.ts'];
const counted = process.env.DL_COVERAGE === '1';
// A first answer within a minute: the packages that every program needs, and the suite on core's own loops.
const quick = process.env.DL_QUICK === '1';
const quickFolders = ['core', 'nn', 'optim', 'losses', 'data'].map((name) => `packages/${name}`);
const quickTests = ['tools/conformance/test/{suite,complete}.test.ts', 'tools/testing/test/*.ts'];
const testsOf = (folder: string): string => `${folder}/test/**/*.test.{ts,mjs}`;
// Many short files, whose process reads the packages once for all of them; each leaves what it sets as it was.
const shared = ['core', 'nn', 'optim', 'losses', 'data', 'io'].map((name) => `packages/${name}`);
// But for those that call every function there is, look at what is registered or what an entry brings, measure memory, or extend `expect`.
const unshared = [
  'packages/*/test/{arguments,registry}.test.ts',
  'packages/core/test/{entries,memory,names,testing}.test.ts',
];
const backends = folders.filter((f) => f.startsWith('packages/') && !shared.includes(f));
const outside = folders.filter((f) => !f.startsWith('packages/'));
const built = process.env.DL_BUILT === '1';
// Node itself reads what is built.
const readByNode = { deps: { external: [/\/packages\/[^/]+\/dist\//] } };

const absolute = (patterns: readonly string[]): string[] =>
  patterns.map((pattern) => `${root}${pattern}`);
const missing = [
  ...(withAddon ? [] : needsAddon),
  ...(withAdapter ? [] : needsAdapter),
  ...(withEmulator ? [] : needsEmulator),
  ...(counted ? countsTheHeap : []),
];
const sourcesOfPackages = [
  {
    find: /^@dl\/core\/(functional|testing)$/,
    replacement: `${root}packages/core/src/$1.ts`,
  },
  { find: /^@dl\/([a-z0-9-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
];
const sourcesOfBackends = [
  { find: /^@dl\/(backend-[a-z0-9-]+)$/, replacement: `${root}packages/$1/src/index.ts` },
];
const sourcesOfTools = [
  { find: /^dl-devices$/, replacement: `${root}tools/devices/src/index.ts` },
  { find: /^dl-(lessons|testing)\/([a-z]+)$/, replacement: `${root}tools/$1/src/$2.ts` },
];
const resolve = { alias: [...sourcesOfPackages, ...sourcesOfTools] };
const common = {
  environment: 'node',
  // The counters of `pnpm coverage` make a test several times slower, and so does running all of a sample.
  testTimeout: counted || process.env.DL_FULL === '1' ? 120_000 : 30_000,
} as const;

export default defineConfig({
  test: {
    // One worker a core: vitest's own default leaves one of them idle.
    maxWorkers: availableParallelism(),
    reporters: ['default', new Progress()],
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        root,
        resolve,
        test: {
          ...common,
          name: 'packages',
          include: absolute(unshared),
          exclude: absolute([...missing, ...alone]),
        },
      },
      {
        root,
        resolve: built ? { alias: [...sourcesOfBackends, ...sourcesOfTools] } : resolve,
        test: {
          ...common,
          name: 'backends',
          include: quick ? [] : absolute(backends.map(testsOf)),
          exclude: absolute(missing),
          server: readByNode,
        },
      },
      {
        root,
        resolve: built ? { alias: sourcesOfTools } : resolve,
        test: {
          ...common,
          name: 'outside',
          include: absolute(quick ? quickTests : outside.map(testsOf)),
          exclude: absolute([...missing, ...alone]),
          server: readByNode,
        },
      },
      {
        root,
        resolve,
        test: {
          ...common,
          name: 'shared',
          isolate: false,
          include: absolute((quick ? quickFolders : shared).map(testsOf)),
          exclude: absolute([...unshared, ...alone]),
        },
      },
      {
        root,
        resolve,
        test: {
          ...common,
          name: 'alone',
          include: quick ? [] : absolute(alone),
          exclude: absolute(missing),
          // After all others, one after the other.
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
        },
      },
    ],
  },
});
