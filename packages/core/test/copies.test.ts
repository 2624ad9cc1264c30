// Two copies of the package in one process, and a Node that is too old: the messages say what to do.
import { afterEach, describe, expect, test, vi } from 'vitest';
import { fileOfLine, nodeProblem } from '../src/copies.js';
import * as core from '../src/index.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

async function second(): Promise<{ other: typeof core; warnings: string[] }> {
  const warnings: string[] = [];
  vi.spyOn(console, 'warn').mockImplementation((text: string) => void warnings.push(text));
  vi.resetModules();
  return { other: await import('../src/index.js'), warnings };
}

describe('a second copy', () => {
  test('warns when it is loaded, with both versions and files', async () => {
    const { other, warnings } = await second();
    expect(other.Tensor).not.toBe(core.Tensor);
    expect(warnings.length).toBeGreaterThan(0);
    const { version } = core;
    expect(warnings[0]).toContain('@dl/core is loaded twice');
    expect(warnings[0]?.split(version).length).toBeGreaterThan(2);
    expect(warnings[0]?.match(/copies\.ts/g)).toHaveLength(2);
    expect(warnings[0]).toContain('npm ls @dl/core');
  });

  test('refuses tensors of the first one in every operator', async () => {
    const { other } = await second();
    const mine = core.tensor([1, 2]);
    const theirs = other.tensor([3, 4]);
    const meetings = [
      () => core.add(mine, theirs),
      () => mine.mul(theirs),
      () => theirs.mul(mine),
      () => mine.at(theirs),
      () => core.tensor(theirs as never),
      () => core.cat([mine, theirs]),
      () => core.matmul(mine, theirs),
      () => core.tensor([1, 2], { requiresGrad: true }).mul(2).backward(theirs),
      () => mine.copy_(theirs),
      () => theirs instanceof core.Tensor,
      () => core.sum(theirs),
    ];
    for (const meet of meetings) {
      expect(meet, String(meet)).toThrow(
        /got a tensor created by another copy of @dl\/core.*npm ls @dl\/core/,
      );
    }
  });

  test('leaves all other values to the ordinary check', () => {
    class Mine extends core.Tensor {}
    const x = core.tensor([1]);
    expect([x instanceof core.Tensor, x instanceof Mine]).toEqual([true, false]);
    for (const other of [null, undefined, 1, 'x', {}, [], () => 1, new Map()]) {
      expect((other as unknown) instanceof core.Tensor).toBe(false);
    }
  });
});

describe('the file in a line of a stack', () => {
  test.each([
    [
      '    at file:///a/node_modules/@dl/core/dist/index.js:3:9',
      'file:///a/node_modules/@dl/core/dist/index.js',
    ],
    ['    at file:///a/.pnpm/@dl+core@0.1.0/core.js:1:2', 'file:///a/.pnpm/@dl+core@0.1.0/core.js'],
    [
      '    at Object.<anonymous> (C:\\Program Files (x86)\\app\\main.js:10:20)',
      'C:\\Program Files (x86)\\app\\main.js',
    ],
    [
      '    at async main (http://localhost:5173/node_modules/@dl/core.js:1:2)',
      'http://localhost:5173/node_modules/@dl/core.js',
    ],
    ['load@http://localhost/@dl/core.js:1:2', 'http://localhost/@dl/core.js'],
    ['@http://localhost/@dl/core.js:1:2', 'http://localhost/@dl/core.js'],
    ['module code@http://localhost/@dl/core.js:1:2', 'http://localhost/@dl/core.js'],
    ['http://localhost/@dl/core.js:1:2', 'http://localhost/@dl/core.js'],
    ['Error: @dl/core was loaded here', undefined],
    ['    at <anonymous>', undefined],
  ])('%s', (line, file) => expect(fileOfLine(line)).toBe(file));
});

describe('versions of Node', () => {
  test.each(['18.20.8', '20.18.3', '21.7.3', '22.11.0', '16.0.0'])('%s is refused', (node) => {
    expect(nodeProblem(node)).toMatch(
      new RegExp(`needs Node 20.19 or 22.12 or later, this is Node ${node}; install a newer one`),
    );
  });
  test.each([undefined, '20.19.0', '20.20.1', '22.12.0', '23.0.0', '24.0.0', '26.1.0'])(
    '%s is accepted',
    (node) => expect(nodeProblem(node)).toBeUndefined(),
  );
});
