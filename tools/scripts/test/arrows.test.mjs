// Plants forbidden imports in a small repository and sees each one caught.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRepository, findCycles } from '../lib/arrows.mjs';

const script = fileURLToPath(new URL('../check-arrows.mjs', import.meta.url));
let root = '';

function write(path, content) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
}

const check = () => checkRepository(root).problems;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'arrows-'));
  write('package.json', { devDependencies: { vitest: '1' } });
  write('packages/core/package.json', { name: '@dl/core' });
  write('packages/core/src/index.ts', `export { a } from './a.js';\n`);
  write('packages/core/src/a.ts', 'export const a = 1;\n');
  write('packages/nn/package.json', { name: '@dl/nn', dependencies: { '@dl/core': '1' } });
  write(
    'packages/nn/src/index.ts',
    `import { a } from '@dl/core/functional';\nexport const b = a;\n`,
  );
  write('packages/io/package.json', {
    name: '@dl/io',
    dependencies: { '@dl/core': '1' },
    peerDependencies: { '@dl/nn': '1' },
    peerDependenciesMeta: { '@dl/nn': { optional: true } },
    devDependencies: { '@dl/nn': '1' },
  });
  write(
    'packages/io/src/index.ts',
    `import type { b } from '@dl/nn';\nexport type B = typeof b;\n`,
  );
  write('apps/x/package.json', { name: 'x', dependencies: { '@dl/core': '1', '@dl/nn': '1' } });
  write(
    'apps/x/src/main.ts',
    `import { a } from '@dl/core';\nimport { b } from '@dl/nn';\nb + a;\n`,
  );
});

afterEach(() => rmSync(root, { recursive: true }));

describe('the arrows', () => {
  it('accept what the table allows', () => {
    write('packages/io/src/late.ts', `export const late = () => import('@dl/nn');\n`);
    write(
      'packages/nn/test/b.test.ts',
      `import { it } from 'vitest';\nimport '../src/index.js';\nit;\n`,
    );
    expect(check()).toEqual([]);
  });

  it('leave a project inside an app to its own manifest', () => {
    write('apps/x/other/main.ts', `import 'react';\n`);
    expect(check()).toEqual([
      'apps/x/other/main.ts:1: react is not declared in apps/x/package.json.',
    ]);
    write('apps/x/other/package.json', { dependencies: { react: '1' } });
    expect(check()).toEqual([]);
  });

  const planted = [
    ['a value import', `import { b } from '@dl/nn';\nb;\n`],
    ['a type import', `import type { b } from '@dl/nn';\nexport type B = typeof b;\n`],
    ['a re-export', `export * from '@dl/nn';\n`],
    ['a subpath', `import '@dl/nn/layers';\n`],
    ['a dynamic import', `export const late = () => import('@dl/nn');\n`],
    ['an import type', `export type B = typeof import('@dl/nn');\n`],
    ['a require', `export const b = require('@dl/nn');\n`],
  ];
  it.each(planted)('refuse %s from core to nn', (_, text) => {
    write('packages/core/src/bad.ts', `// bad\n${text}`);
    // Declared or not, the arrow is forbidden.
    write('packages/core/package.json', { name: '@dl/core', devDependencies: { '@dl/nn': '1' } });
    expect(check()).toEqual([
      expect.stringMatching(/^packages\/core\/src\/bad\.ts:2: .*@dl\/nn\.$/),
    ]);
  });

  it('refuse a forbidden dependency in package.json', () => {
    write('packages/core/package.json', { name: '@dl/core', dependencies: { '@dl/io': '1' } });
    expect(check()).toEqual([expect.stringContaining('must not depend on @dl/io')]);
  });

  it('refuse a package without a line in the table', () => {
    write('packages/extra/package.json', { name: '@dl/extra' });
    expect(check()).toEqual([expect.stringContaining('no line in the table')]);
  });

  it('refuse a relative import that reaches into another package', () => {
    write('packages/nn/src/bad.ts', `import { a } from '../../core/src/a.js';\na;\n`);
    write('apps/x/src/bad.ts', `import type { a } from '../../../packages/core/src/a.js';\n`);
    expect(check()).toEqual([
      expect.stringContaining('apps/x/src/bad.ts:1:'),
      expect.stringContaining('packages/nn/src/bad.ts:1: ../../core/src/a.js reaches into'),
    ]);
  });

  it('refuse a source that leaves its package', () => {
    write('packages/nn/src/bad.ts', `import '../../../vitest.config.js';\n`);
    expect(check()).toEqual([expect.stringContaining('leaves packages/nn')]);
  });

  it('refuse what is not declared, and development tools in published code', () => {
    write('packages/nn/src/bad.ts', `import 'fflate';\nimport 'vitest';\n`);
    expect(check()).toEqual([
      expect.stringContaining('fflate is not declared'),
      expect.stringContaining('vitest is not declared'),
    ]);
  });

  it('refuse a static import of an optional peer', () => {
    write('packages/io/src/bad.ts', `import { b } from '@dl/nn';\nb;\n`);
    expect(check()).toEqual([expect.stringContaining('@dl/nn is optional for @dl/io')]);
  });

  it("refuse core's entry with the methods as a source of packages, and of packages alone", () => {
    write('packages/nn/src/bad.ts', `import type { a } from '@dl/core';\n`);
    write('packages/nn/test/good.test.ts', `import { a } from '@dl/core';\na;\n`);
    expect(check()).toEqual([
      expect.stringMatching(
        /^packages\/nn\/src\/bad\.ts:1: @dl\/nn must import '@dl\/core\/functional'/,
      ),
    ]);
  });

  it('refuse Node in core', () => {
    write('packages/core/src/bad.ts', `import 'node:fs';\n`);
    expect(check()).toEqual([expect.stringContaining('@dl/core must not import node:fs')]);
  });

  it('refuse apps as a source of packages', () => {
    write('packages/nn/src/bad.ts', `import 'x';\n`);
    expect(check()).toEqual([expect.stringContaining('@dl/nn must not import x')]);
  });
});

describe('cycles', () => {
  it('are refused between the files of one package', () => {
    write('packages/core/src/a.ts', `import { c } from './c.js';\nexport const a = c;\n`);
    write('packages/core/src/c.ts', `import './sub';\nexport const c = 1;\n`);
    write('packages/core/src/sub/index.ts', `export { a } from '../a.js';\n`);
    expect(check()).toEqual([
      'packages/core: import cycle src/a.ts -> src/c.ts -> src/sub/index.ts -> src/a.ts.',
    ]);
  });

  it('are refused where one step imports types only', () => {
    write(
      'packages/core/src/a.ts',
      `import type { c } from './c.js';\nexport const a = 1 as typeof c;\n`,
    );
    write('packages/core/src/c.ts', `import { a } from './a.js';\nexport const c = 1 + a;\n`);
    expect(check()).toEqual(['packages/core: import cycle src/a.ts -> src/c.ts -> src/a.ts.']);
  });

  it('of types are allowed between a class and what its methods are made of', () => {
    write(
      'packages/nn/src/hooks.ts',
      `import type { Module } from './module.js';\nexport type Hook = (of: Module) => void;\n`,
    );
    write(
      'packages/nn/src/module.ts',
      `import type { Hook } from './hooks.js';\nexport interface Module { hook: Hook }\n`,
    );
    expect(check()).toEqual([]);
    write(
      'packages/nn/src/hooks.ts',
      `import { Module } from './module.js';\nexport class Hook extends Module {}\n`,
    );
    expect(check()).toEqual([
      'packages/nn: import cycle src/hooks.ts -> src/module.ts -> src/hooks.ts.',
    ]);
  });

  it('are found behind a file that was visited before', () => {
    const graph = new Map([
      ['a', ['b', 'c']],
      ['b', []],
      ['c', ['b', 'd']],
      ['d', ['c']],
    ]);
    expect(findCycles(graph)).toEqual([['c', 'd', 'c']]);
  });
});

describe('the command', () => {
  it('ends with 0 when all is well and with 1 and the lines when not', () => {
    expect(spawnSync(process.execPath, [script, root]).status).toBe(0);
    write('packages/core/src/bad.ts', `import '@dl/nn';\n`);
    const bad = spawnSync(process.execPath, [script, root], { encoding: 'utf8' });
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain('packages/core/src/bad.ts:1: @dl/core must not import @dl/nn.');
  });
});
