// The check of type assertions: it finds those that do nothing, and leaves the others alone.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idleAssertions } from '../lib/assertions.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'assertions-'));
  const compilerOptions = { strict: true, types: [], lib: ['ES2022'], module: 'NodeNext' };
  writeFileSync(
    join(root, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['*.ts'] }),
  );
});
afterEach(() => rmSync(root, { recursive: true }));

const lines = (...texts) => {
  writeFileSync(join(root, 'a.ts'), texts.join('\n'));
  return idleAssertions(root);
};

it('finds assertions of the type that is there, and of what is never null', () => {
  const found = lines(
    'export const first = (xs: readonly number[]): number => xs[0] as number;',
    'export const twice = (xs: number[][]): number => (xs[0] as number[])[1] as number;',
    'export const sure = (x: string): string => x!;',
    'declare const f: () => Map<string, number>;',
    'export const called = f() as Map<string, number>;',
  );
  expect(found).toEqual([
    'a.ts:1: xs[0] as number',
    'a.ts:2: xs[0] as number[]',
    'a.ts:2: (xs[0] as number[])[1] as number',
    'a.ts:3: x!',
    'a.ts:5: f() as Map<string, number>',
  ]);
});

it('leaves assertions that do something', () => {
  const found = lines(
    'export const narrow = (x: unknown): number => x as number;',
    'export const sure = (x: string | null): string => x!;',
    'export const list = [] as number[];',
    "export const kept = ['a'] as const;",
    'export const wide = new Map() as Map<string, number>;',
    'declare const f: <T>(x?: T) => T;',
    'export const inferred = f() as number;',
    'export const handler = ((x) => x) as (x: number) => number;',
    'export const either = (Math.random() < 0.5 ? [] : [1]) as number[];',
  );
  expect(found).toEqual([]);
});

it('takes them out', () => {
  lines('export const twice = (xs: number[][]): number => (xs[0] as number[])[1] as number;');
  idleAssertions(root, { write: true });
  expect(readFileSync(join(root, 'a.ts'), 'utf8')).toBe(
    'export const twice = (xs: number[][]): number => (xs[0])[1];',
  );
  expect(idleAssertions(root)).toEqual([]);
});
