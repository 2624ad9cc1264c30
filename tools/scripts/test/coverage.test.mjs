// Coverage by package: sums of files, and which packages fall short.
import { expect, it } from 'vitest';
import { coverageByPackage, shortfalls } from '../lib/coverage.mjs';

const entry = (covered, total) => ({
  lines: { covered, total },
  branches: { covered: 1, total: 2 },
});

it('adds up files, not percentages', () => {
  const found = coverageByPackage([
    ['packages/core/src/a.ts', entry(90, 100)],
    ['packages/core/src/b.ts', entry(0, 0)],
    ['packages/core/src/c.ts', entry(0, 50)],
    ['tools/x.ts', entry(0, 10)],
  ]);
  expect(found).toEqual({ core: { lines: 60, branches: 50 } });
});

it('names what is below its mark, and what is missing', () => {
  const full = { lines: 95, branches: 0 };
  const all = { core: full, nn: full, optim: full, losses: full, io: full };
  expect(shortfalls(all)).toEqual([]);
  expect(shortfalls({ ...all, io: { lines: 94.9, branches: 100 } })[0]).toContain('@dl/io: 94.9 %');
  const { nn: _, ...rest } = all;
  expect(shortfalls(rest)).toHaveLength(1);
  expect(shortfalls(rest, ['io'])).toEqual([]);
  expect(shortfalls({}, ['io'])).toHaveLength(1);
});
