// What the prompt runs: TypeScript, imports, the guide's blocks, and what it says of errors.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as backendCuda from '@dl/backend-cuda';
import * as backendWebgpu from '@dl/backend-webgpu';
import * as core from '@dl/core';
import * as data from '@dl/data';
import * as io from '@dl/io';
import * as losses from '@dl/losses';
import * as nn from '@dl/nn';
import * as optim from '@dl/optim';
import { blocksOf } from 'dl-docs/page';
import { afterAll, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { evaluator, messageOf } from '../src/evaluate.js';
import { readReference, type World } from '../src/reference.js';
import { Incomplete, statementsOf } from '../src/statements.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packages = {
  core,
  nn,
  optim,
  losses,
  data,
  io,
  'backend-webgpu': backendWebgpu,
  'backend-cuda': backendCuda,
};
const world: World = { packages, reference: readReference() };
const { run } = evaluator(world);

async function shown(typed: string): Promise<unknown[]> {
  const values: unknown[] = [];
  await run(typed, (value) => values.push(value));
  return values;
}
const failure = (typed: string): Promise<string> =>
  run(typed, () => {}).then(
    () => 'none',
    (error) => messageOf(error, false),
  );

describe('what is typed', () => {
  it('is TypeScript, with names that later lines see and declare again', async () => {
    expect(await shown('const a: number = 1, [b, { c }] = [2, { c: 3 }] as const;')).toEqual([]);
    expect(await shown('a + b + c')).toEqual([6]);
    expect(await shown('const a = 5;\na')).toEqual([5]);
    expect(await shown('let d: string;\nd')).toEqual([]);
    expect(await shown('interface A { x: number }\nconst e = { x: 1 } satisfies A; e!.x')).toEqual([
      1,
    ]);
    expect(await shown('enum Color { Red, Green }\nColor.Green')).toEqual([1]);
    expect(await shown('class P<T> { constructor(readonly x: T) {} }\nnew P<number>(4).x')).toEqual(
      [4],
    );
  });

  it('calls functions before they are declared, as a program does', async () => {
    expect(
      await shown('const g = f(2);\nfunction f(x: number): number { return x * 2; }\ng'),
    ).toEqual([4]);
  });

  it('awaits, and runs a chain over several lines', async () => {
    expect(await shown('await Promise.resolve(3)\n  .then((x) => x + 1)')).toEqual([4]);
    expect(await shown('for await (const x of [1, 2]) d = x\nd')).toEqual([2]);
  });

  it('imports in every form', async () => {
    await run("import { tensor, type DType, ones as one } from '@dl/core';", () => {});
    await run("import * as layers from '@dl/nn';\nimport path from 'node:path';", () => {});
    await run("import type { Tensor } from '@dl/core';\nimport '@dl/optim';", () => {});
    expect(await shown("layers.Linear === (await import('@dl/nn')).Linear")).toEqual([true]);
    expect(await shown("path.join('a', 'b')")).toEqual([join('a', 'b')]);
    expect(await shown('one([2]).add(tensor([1, 2])).toArray()')).toEqual([[2, 3]]);
    expect(await failure("import { x } from '@dl/nothing';")).toMatch(/Cannot find/);
  });

  it('shows the last value, and those without a semicolon', async () => {
    expect(await shown('1\n2;\n3;')).toEqual([1, 3]);
    expect(await shown('4;')).toEqual([4]);
    expect(await shown('{ a: 1 }')).toEqual([{ a: 1 }]);
    expect(await shown('')).toEqual([]);
  });

  it.each(['const x = ', 'f(1,', 'x\n  .add(1)\n  .', 'class A {', '`a', '/* a'])(
    'goes on after %j',
    (typed) => {
      expect(() => statementsOf(typed)).toThrow(Incomplete);
    },
  );

  it('is refused in one line', () => {
    expect(() => statementsOf('1 +* 2\n')).toThrow(/^Expression expected$/);
    expect(() => statementsOf('1;\nlet 2;\n')).toThrow(/\(line 2\)$/);
  });
});

describe('errors', () => {
  it('are one message, or a stack', async () => {
    const error = await run('core = 1; nothing', () => {}).catch((e) => e);
    expect(messageOf(error, false)).toBe('ReferenceError: nothing is not defined');
    expect(messageOf(error, true)).toMatch(/\n {4}at /);
    expect(messageOf(3, false)).toBe('thrown: 3');
  });

  it('say how a module is called', async () => {
    await run(
      "import { Linear, Sequential } from '@dl/nn'; const net = new Sequential(new Linear(2, 1));",
      () => {},
    );
    expect(await failure('net(one([1, 2]))')).toBe(
      'TypeError: net is a module, which is not called itself: use net.forward(one([1, 2]))',
    );
    expect(await failure('net[0](1)')).toMatch(/use net\[0\]\.forward\(1\)$/);
    expect(await failure('Linear(2, 1)')).toMatch(/use new Linear\(…\)$/);
    expect(await failure('layers.nothing(1)')).toBe('TypeError: layers.nothing is not a function');
  });

  it('know PyTorch’s names', async () => {
    expect(await failure('from_numpy([1])')).toMatch(/not defined: here it is fromTypedArray;/);
    expect(await failure('manual_seed(0)')).toMatch(/here it is manualSeed;/);
    expect(await failure('torch.ones(2)')).toMatch(
      /^ReferenceError: torch is not defined: its names/,
    );
  });
});

describe('every block of the guide that runs can be pasted', () => {
  let folder: string;
  const before = process.cwd();
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pasted-'));
    process.chdir(folder);
    vi.spyOn(console, 'log').mockImplementation(() => {});
  });
  afterAll(() => {
    vi.restoreAllMocks();
    process.chdir(before);
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(readdirSync(join(root, 'docs/guide')))('%s', { timeout: 60_000 }, async (page) => {
    const blocks = blocksOf(readFileSync(join(root, 'docs/guide', page), 'utf8'));
    for (const { code, line, runs } of blocks) {
      if (runs) expect(await failure(code), `${page}, line ${line}`).toBe('none');
    }
  });
});
