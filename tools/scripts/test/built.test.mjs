// A build that was noted is known until a source or an output changes.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isBuilt, noteBuild } from '../lib/built.mjs';

let root;
const write = (path, text) => {
  mkdirSync(join(root, path, '..'), { recursive: true });
  writeFileSync(join(root, path), text);
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'built-'));
  mkdirSync(join(root, 'node_modules'));
  write('packages/a/src/index.ts', 'a');
  write('packages/a/dist/index.js', 'a');
  write('packages/a/test/a.test.ts', 'a');
  noteBuild(root, 'start', ['packages/a']);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const built = () => isBuilt(root, 'start', ['packages/a']);

it('is known if nothing changed, and by its name', () => {
  expect(built()).toBe(true);
  expect(isBuilt(root, 'other', ['packages/a'])).toBe(false);
});

it('is out of date if a source, an output or a configuration changes', () => {
  write('packages/a/src/index.ts', 'ab');
  expect(built()).toBe(false);
  noteBuild(root, 'start', ['packages/a']);
  utimesSync(join(root, 'packages/a/src/index.ts'), 1, 1);
  expect(built()).toBe(false);
  noteBuild(root, 'start', ['packages/a']);
  rmSync(join(root, 'packages/a/dist/index.js'));
  expect(built()).toBe(false);
  noteBuild(root, 'start', ['packages/a']);
  write('turbo.json', '{}');
  expect(built()).toBe(false);
});

it('does not depend on tests', () => {
  write('packages/a/test/a.test.ts', 'ab');
  expect(built()).toBe(true);
});
