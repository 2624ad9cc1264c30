// Events that must not end the process, each in a separate process: changing indices, memory that runs out.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { beforeAll, describe, expect, it } from 'vitest';
import { addon } from './helper.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
// A folder from which the addon is found: next to the sources, or named by DL_CPU_ADDON.
const folder = here('../build');
// AddressSanitizer reserves more addresses than the limit below allows.
const sanitized = process.env.DL_CPU_ADDON?.includes('address') === true;
// Only Linux enforces `ulimit -v`, and AddressSanitizer reserves more than any such limit; CI runs the test on Linux.
const limited = process.platform === 'linux' && !sanitized;
if (!limited) {
  console.warn(
    `${sanitized ? 'AddressSanitizer' : process.platform} takes no limit on memory: the test where memory runs out is not run here.`,
  );
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  await build({
    entry: [here('child/indices.ts'), here('child/short.ts')],
    outDir: folder,
    format: 'esm',
    target: 'node20',
    bundle: true,
    splitting: false,
    silent: true,
    config: false,
    noExternal: [/^@dl\/core/],
    tsconfig: here('../tsconfig.json'),
    esbuildOptions: (options) => {
      options.alias = {
        '@dl/core/functional': here('../../core/src/functional.ts'),
        '@dl/core': here('../../core/src/index.ts'),
      };
    },
  });
}, 60_000);

function child(name: string, limit?: number): { text: string; signal: string | null } {
  const file = readdirSync(folder).find((f) => f.startsWith(`${name}.`) && f.endsWith('js'));
  const command = `${limit === undefined ? '' : `ulimit -v ${limit}; `}exec "$0" "$1"`;
  const done = spawnSync('sh', ['-c', command, process.execPath, join(folder, file as string)], {
    encoding: 'utf8',
    timeout: 100_000,
  });
  return { text: `${done.stdout}${done.stderr}`, signal: done.signal };
}

describe('the process survives', () => {
  it('an index that another thread changes while it is used', { timeout: 120_000 }, () => {
    const { text, signal } = child('indices');
    expect(signal, text).toBeNull();
    expect(text).toMatch(/went on\n$/);
  });

  it.runIf(limited)(
    'memory that runs out, also in a thread of the pool',
    { timeout: 120_000 },
    () => {
      const { text, signal } = child('short', 2_400_000);
      expect(signal, text).toBeNull();
      expect(text).toMatch(/sort: refused\n(?:.*\n)*went on\n$/);
    },
  );

  it('in every operator that takes indices', () => {
    const operators = here('../../core/src/operators');
    const files = readdirSync(operators, { encoding: 'utf8', recursive: true }).filter((f) =>
      f.endsWith('.ts'),
    );
    const text = files.map((f) => readFileSync(join(operators, f), 'utf8'));
    const names = text.flatMap((t) =>
      [...t.matchAll(/(?:indexTensor|alongDim)\('(\w+)'/g)].map((m) => m[1]),
    );
    const tried = readFileSync(here('child/indices.ts'), 'utf8');
    expect(names.length).toBeGreaterThan(5);
    // That one never leaves JavaScript, and its result is as long as its largest value.
    const native = new Set(names.filter((name) => name !== 'bincount'));
    for (const name of native) expect(tried).toMatch(new RegExp(`\\b${name}\\b`));
    expect(addon.threads()).toBeGreaterThan(0);
  });
});
