// A judge's process: a crash and a hang are one program's, a spoiled device is left, and what is missing is named.
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { AbsentError, Judge } from '../src/judge.js';

const fake = fileURLToPath(new URL('./fake.mjs', import.meta.url));
const open = (args: readonly string[] = [fake], command = process.execPath): Promise<Judge> =>
  Judge.open({ name: 'fake', command, args, request: ({ seed }) => ({ seed }), timeoutMs: 500 });
const program = (seed: string) => ({ seed, instructions: [] });

describe('a judge in a process', () => {
  let judge: Judge | null = null;
  afterEach(() => judge?.close());

  it.each([
    ['crash', 'crash'],
    ['half a line', 'crash'],
    ['hang', 'hang'],
  ])('a %s is its program’s, and the others are judged', async (how, ended) => {
    judge = await open();
    const names = ['a', 'b', how, 'c', 'd'];
    const all = judge;
    const verdicts = await Promise.all(names.map((name) => all.judge(program(name))));
    expect(verdicts.map((v) => ('ended' in v ? v.ended : 'outcome'))).toEqual([
      'outcome',
      'outcome',
      ended,
      'outcome',
      'outcome',
    ]);
  });

  it('a refusal is looked at again in a new process, and so are the programs after it', async () => {
    judge = await open();
    const all = judge;
    const verdicts = await Promise.all(['a', 'spoil', 'b'].map((name) => all.judge(program(name))));
    const processes = verdicts.map((v) => ('outcome' in v ? v.outcome.shares[0]?.[0] : v.how));
    expect(new Set(processes).size).toBe(3);
  });

  it('what cannot be started is absent', async () => {
    await expect(open([], '/no/such/python')).rejects.toThrow(AbsentError);
    await expect(open(['-e', 'process.exit(3)'])).rejects.toThrow(/ended with 3/);
  });
});
