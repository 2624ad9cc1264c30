// The faults that `pnpm planted` plants can be planted: what each changes stands once in its file.
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { planted } from '../lib/planted.mjs';

it.each(planted.map((fault) => [fault.name, fault]))('%s', (_, { file, was, put }) => {
  const text = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  expect(text.split(was).length - 1).toBe(1);
  expect(put).not.toBe(was);
});
