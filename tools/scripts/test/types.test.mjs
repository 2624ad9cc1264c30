// The type check of all projects at once: it finds what `tsc` in a folder of its own finds.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { typeErrors } from '../lib/types.mjs';

let root = '';
const write = (path, text) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'types-'));
  const options = {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['ES2022'],
    target: 'ES2022',
    module: 'NodeNext',
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  write('root.ts', 'export const x = 1;');
  for (const [name, more] of [
    ['packages/a', {}],
    ['packages/b', { lib: ['ES2022', 'DOM'] }],
  ]) {
    write(`${name}/package.json`, '{"type":"module"}');
    write(
      `${name}/tsconfig.json`,
      JSON.stringify({ compilerOptions: { ...options, ...more }, include: ['src'] }),
    );
    write(`${name}/src/index.ts`, 'export const y: number = 2;');
  }
});
afterEach(() => rmSync(root, { recursive: true }));

it('is content with what is right', () => {
  expect(typeErrors(root)).toBeNull();
});

it('tells an error of every project, whatever its options', () => {
  write('root.ts', "export const x: number = 'a';");
  write('packages/a/src/index.ts', "export const y: number = 'b';");
  write('packages/b/src/index.ts', "export const z: number = 'c';");
  const text = typeErrors(root);
  for (const file of ['root.ts', 'packages/a/src/index.ts', 'packages/b/src/index.ts']) {
    expect(text).toContain(`${file}(1,14): error TS2322`);
  }
});

it('keeps the options of each project: what a page has is not there in others', () => {
  write('packages/b/src/index.ts', 'export const title: string = document.title;');
  expect(typeErrors(root)).toBeNull();
  write('packages/a/src/index.ts', 'export const title: string = document.title;');
  expect(typeErrors(root)).toMatch(/^packages\/a\/src\/index\.ts\(1,30\): error TS2584/);
});

it('tells an error in a tsconfig.json', () => {
  write('packages/a/tsconfig.json', '{ "compilerOptions": { "strict": "yes" } }');
  expect(typeErrors(root)).toContain('TS5024');
});
