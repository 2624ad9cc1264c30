// The cases that pass go on passing, and the list of them is complete: a sample of the others is tried too.
// DL_SAMPLE chooses the sample; with DL_FULL=1 all cases run, each in a process of its own.
import { drawn, sampleOf } from 'dl-testing/sampling';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Case, type Here, idOf, lacks, listCases } from '../src/cases.js';
import { readPassing } from '../src/passing.js';
import { runCases } from '../src/run.js';

const full = process.env.DL_FULL === '1';
const SIZE = 12;
const listed = new Set(readPassing());
let cases: readonly Case[] = [];
let here: Here = new Set();

beforeAll(() => {
  const all = listCases();
  here = all.here;
  cases = all.cases.filter((one) => lacks(one, here).length === 0);
  const missing = all.cases.filter((one) => !cases.includes(one));
  for (const one of missing)
    console.warn(`${idOf(one)} is not run: it needs ${lacks(one, here).join(' and ')}`);
}, 60_000);

const able = (wanted: boolean): Case[] =>
  cases.filter((one) => listed.has(idOf(one)) === wanted && (full || !one.heavy));

describe('passing.json', () => {
  it('names cases that there are, in order, each once', () => {
    const ids = listCases().cases.map(idOf);
    expect([...listed].filter((id) => !ids.includes(id))).toEqual([]);
    expect(readPassing()).toEqual([...listed].sort());
  });

  it('is judged with the addon where that must be there', () => {
    if (process.env.DL_REQUIRE_NATIVE === '1') expect([...here]).toContain('addon');
  });

  it('names what passes', { timeout: 600_000 }, async () => {
    const tried = drawn(sampleOf(2), able(true));
    const { results, leaks } = await runCases({
      cases: tried,
      together: full ? new Set() : listed,
    });
    const failures = tried
      .filter((one) => results.get(idOf(one))?.passed !== true)
      .map((one) => `${idOf(one)}: got ${results.get(idOf(one))?.got}; want ${one.want}`);
    expect(failures).toEqual([]);
    expect(leaks, 'they fail after others, and pass alone').toEqual([]);
  });

  it('leaves out only what fails', { timeout: 600_000 }, async () => {
    const others = able(false);
    const tried = drawn(sampleOf(Math.max(1, Math.ceil(others.length / SIZE))), others);
    const { results } = await runCases({ cases: tried, together: new Set() });
    expect(results.size).toBe(tried.length);
    const passed = tried.map(idOf).filter((id) => results.get(id)?.passed);
    // Elsewhere a case may pass for a reason of that system.
    if (process.platform !== 'linux') return;
    expect(passed, 'they pass now: `pnpm field --write` puts them on the list').toEqual([]);
  });
});
