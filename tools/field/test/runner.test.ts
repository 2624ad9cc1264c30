// The runner tells apart every way in which a case can end, and lets no case see another.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { type Case, idOf, lacks } from '../src/cases.js';
import { batchesOf, runCases } from '../src/run.js';

const from = fileURLToPath(new URL('planted', import.meta.url));
const planted = (name: string, more: Partial<Case> = {}): Case => ({
  kind: 'planted',
  name,
  from: null,
  want: '1',
  limit: null,
  flags: [],
  shell: null,
  heavy: false,
  needs: [],
  alone: false,
  ...more,
});

/** `name: passed, got` of each, run together where that is allowed. */
async function outcome(cases: Case[]): Promise<{ lines: string[]; leaks: readonly string[] }> {
  const { results, leaks } = await runCases({ cases, together: new Set(cases.map(idOf)), from });
  const lines = cases.map((one) => {
    const { passed, got } = results.get(idOf(one)) ?? { passed: null, got: 'did not run' };
    return `${one.name}: ${passed ? 'passed' : 'failed'}, ${got}`;
  });
  return { lines, leaks };
}

it('goes on after cases that end the process, each of which fails alone', async () => {
  const names = ['right', 'wrong', 'aborts', 'throws', 'leaves'];
  const { lines, leaks } = await outcome(names.map((name) => planted(name)));
  expect(lines).toEqual([
    'right: passed, 1',
    'wrong: failed, 2',
    expect.stringMatching(/^aborts: failed, the process ended with (SIGABRT|code \d+)/),
    'throws: failed, throws RangeError: no such thing',
    'leaves: failed, the process ended with code 0: ',
  ]);
  expect(leaks).toEqual([]);
});

it('ends a case that takes too long', async () => {
  const { lines } = await outcome([planted('never-ends', { limit: 1 }), planted('right')]);
  expect(lines).toEqual(['never-ends: failed, no end after 1 s', 'right: passed, 1']);
});

it('starts a process anew after a case that has changed a switch', async () => {
  const { lines, leaks } = await outcome([planted('leaves-a-switch'), planted('needs-the-switch')]);
  expect(lines).toEqual(['leaves-a-switch: passed, 1', 'needs-the-switch: passed, true']);
  expect(leaks).toEqual([]);
});

it('names a case that fails after others and passes alone', async () => {
  const { lines, leaks } = await outcome([planted('leaves-a-trace'), planted('sees-the-trace')]);
  expect(lines).toEqual(['leaves-a-trace: passed, 1', 'sees-the-trace: passed, true']);
  expect(leaks).toEqual(['planted/sees-the-trace']);
});

it('puts into one process only what may be there', () => {
  const alone: Partial<Case>[] = [
    { limit: 60 },
    { flags: ['--expose-gc'] },
    { shell: 'exec' },
    { heavy: true },
    { alone: true },
  ];
  const cases = [
    planted('a'),
    planted('b'),
    planted('unlisted'),
    planted('c', { kind: 'other' }),
    ...alone.map((more, i) => planted(String(i), more)),
  ];
  const together = new Set(cases.filter(({ name }) => name !== 'unlisted').map(idOf));
  expect(batchesOf({ cases, together }).map((batch) => batch.map(({ name }) => name))).toEqual([
    ['0'],
    ['1'],
    ['2'],
    ['3'],
    ['4'],
    ['a', 'b'],
    ['c'],
    ['unlisted'],
  ]);
});

it('knows what a case needs', () => {
  const one = planted('a', { needs: ['avx512'], shell: 'ulimit -v 1; exec' });
  expect(lacks(one, new Set(['addon', 'posix']))).toEqual(['avx512']);
  expect(lacks(one, new Set())).toEqual(['avx512', 'posix']);
});
