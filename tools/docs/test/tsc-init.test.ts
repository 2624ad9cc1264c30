// README, guide, examples of the comments, and lessons (except the digits app) compile as users have TypeScript: with the
// unchanged configuration that `tsc --init` writes, by three versions.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, freeNames, programOfExample } from '../src/examples.js';
import type { Entry } from '../src/extract.js';
import { blocksOf, compiledOf, pagesOf, programOf } from '../src/page.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// Inside this package, so that `@dl/*` resolves as in a user's program: to the built packages.
const work = join(root, 'tools/docs/build-init');
const require = createRequire(import.meta.url);
// The digits app is an application of many files: it does not check each index that it reads, as `tsc --init` asks.
const lessons = readdirSync(join(root, 'apps')).filter((name) => {
  const manifest = JSON.parse(readFileSync(join(root, 'apps', name, 'package.json'), 'utf8'));
  return 'lesson' in manifest && name !== 'digits';
});
const reference = JSON.parse(
  readFileSync(join(root, 'tools/docs/dist/reference.json'), 'utf8'),
) as Entry[];

function tsc(version: string, args: readonly string[], cwd: string): string {
  const bin = join(require.resolve(`${version}/package.json`), '../bin/tsc');
  const run = spawnSync(process.execPath, [bin, ...args], { cwd, encoding: 'utf8' });
  return run.status === 0 ? '' : `${run.stdout}${run.stderr}`;
}

/** A folder as `npm init` and `tsc --init` leave it. */
function newProject(version: string): string {
  const folder = join(work, version);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  expect(tsc(version, ['--init'], folder)).toBe('');
  return folder;
}

beforeAll(() => rmSync(work, { recursive: true, force: true }));
afterAll(() => rmSync(work, { recursive: true, force: true }));

describe.each([
  ['typescript', 5],
  ['typescript-6', 6],
  ['typescript-native', 7],
])('%s', (version, major) => {
  it(`is TypeScript ${major}`, () => {
    expect(require(`${version}/package.json`).version).toMatch(new RegExp(`^${major}\\.`));
  });

  it('compiles the pages, the examples and the lessons', { timeout: 180_000 }, () => {
    const folder = newProject(version);
    for (const page of pagesOf(root)) {
      const blocks = blocksOf(readFileSync(join(root, page), 'utf8'));
      const name = join(folder, page.replaceAll('/', '-').replace(/\.md$/, ''));
      writeFileSync(`${name}.ts`, programOf(blocks));
      writeFileSync(`${name}.only.ts`, compiledOf(blocks));
    }
    const examples = examplesOf(reference);
    expect(examples.length).toBeGreaterThan(600);
    mkdirSync(join(folder, 'examples'));
    examples.forEach((example, i) => {
      const file = `${example.of.replace(/\W/g, '-')}-${i}.ts`;
      writeFileSync(join(folder, 'examples', file), programOfExample(example, reference));
    });
    expect(lessons.length).toBeGreaterThan(5);
    for (const lesson of lessons) {
      cpSync(join(root, 'apps', lesson, 'src'), join(folder, 'lessons', lesson), {
        recursive: true,
      });
    }
    // Lessons read and write files: Node's types, as the configuration says in a comment.
    writeFileSync(join(folder, 'node.d.ts'), '/// <reference types="node" />\n');
    expect(tsc(version, ['-p', '.', '--noEmit'], folder)).toBe('');
  });
});

describe('the examples', () => {
  it('use what they do not declare', () => {
    expect([...freeNames('const y = f(x.add({ a, b: c })); y.z; type T = D.E;')]).toEqual([
      'f',
      'x',
      'a',
      'c',
      'D',
    ]);
    expect([...freeNames('class A { b = c; d(e: F) { return e; } } new A()')]).toEqual(['c', 'F']);
  });
});
