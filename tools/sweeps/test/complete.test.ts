// That no function, constant or branch is left out, and that what is committed fits.
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { comparedIn } from '../src/constants.js';
import { exceptions } from '../src/exceptions.js';
import { readFixture, remedy } from '../src/fixture.js';
import { type Swept, swept } from '../src/functions.js';
import { placesOf } from '../src/places.js';
import { floatTypes } from '../src/sweep.js';
import { marker } from '../src/table.js';

it('has references of every function, at the points of today, and no others', () => {
  const files = swept.map((f) => {
    readFixture(f);
    return `${f.name.replaceAll(' ', '-')}.bin.gz`;
  });
  expect(readdirSync(new URL('../fixtures', import.meta.url)).sort()).toEqual(files.sort());
});

const near = (x: number, others: readonly number[]): boolean =>
  others.some((y) => Math.abs(x - y) <= 1e-6 * Math.abs(x));

it('has points at every constant and branch of definitions and kernels', () => {
  const missing: string[] = [];
  for (const f of swept) {
    const { constants, crossings } = placesOf(f);
    const fixture = readFixture(f);
    const known = new Set(fixture.constants);
    for (const c of constants) if (!known.has(c)) missing.push(`${f.name}: ${c}`);
    const places = [...fixture.crossings, ...fixture.constants.flatMap((c) => [c, -c])];
    for (const c of crossings) if (!near(c, places)) missing.push(`${f.name}: crossing at ${c}`);
  }
  expect(missing, missing.length === 0 ? '' : `no references next to these: ${remedy}`).toEqual([]);
});

it('sees what a kernel compares with', () => {
  const source = `y = a > 3.8725f ? b : c; if (size < 20000.0) {} clamp(x, F(-104), F(89));
    select(y, abs(x) >= F(8.3)); constexpr double TURNS = 1e5; b == 2.0`;
  expect(comparedIn(source)).toEqual([2, 3.8725, 8.3, 89, 104, 20000, 1e5]);
});

it('has known numbers as references', () => {
  const value = (name: string, x: number): number => {
    const { rows, passes } = readFixture(swept.find((f) => f.name === name) as Swept).float64;
    return passes[0]?.near[rows.findIndex(([a]) => a === x)];
  };
  // Abramowitz & Stegun, tables 6.1, 7.1, 7.3 and 4.2, with more digits.
  expect(value('erf', 0.5)).toBe(0.5204998778130465);
  expect(value('erfc', 4)).toBe(1.541725790028002e-8);
  expect(value('lgamma', 0.5)).toBe(0.5723649429247001);
  expect(value('digamma', 1)).toBe(-0.5772156649015329);
  expect(value('sinh', 1)).toBe(1.1752011936438014);
});

it('names functions, passes and dtypes that there are', () => {
  const names = new Set(swept.map((f) => f.name));
  expect(exceptions.filter((e) => !names.has(e.of))).toEqual([]);
  const passes = ['forward', 'd/da', 'd/db', 'd/dc'];
  expect(exceptions.filter((e) => !passes.includes(e.pass))).toEqual([]);
});

it('docs/COVERAGE.md has the largest errors of every function', () => {
  const page = readFileSync(new URL('../../../docs/COVERAGE.md', import.meta.url), 'utf8');
  const [, tables = ''] = page.split(marker);
  for (const dtype of floatTypes) {
    const [, after = ''] = tables.split(`### ${dtype}\n`);
    const [table = ''] = after.split('\n### ');
    expect(swept.map((f) => f.name).filter((name) => !table.includes(`\n| ${name} `))).toEqual([]);
  }
});
