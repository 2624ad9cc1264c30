// Spoils the manifest of a package in one place after the other and sees each caught.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPackages, publishedPackages } from '../lib/packages.mjs';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
let root = '';

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'packages-'));
  for (const { folder } of publishedPackages(repository)) {
    mkdirSync(join(root, folder), { recursive: true });
    for (const file of ['package.json', 'README.md']) {
      cpSync(join(repository, folder, file), join(root, folder, file));
    }
  }
  cpSync(join(repository, '.changeset/config.json'), join(root, '.changeset/config.json'));
});
afterAll(() => rmSync(root, { recursive: true }));

function spoil(file, change) {
  const path = join(root, file);
  const before = readFileSync(path, 'utf8');
  try {
    if (file.endsWith('.json')) {
      const value = JSON.parse(before);
      change(value);
      writeFileSync(path, JSON.stringify(value));
    } else writeFileSync(path, change(before));
    return checkPackages(root).problems;
  } finally {
    writeFileSync(path, before);
  }
}

const swapTypes = (entry) => {
  const { types, ...rest } = entry;
  return { ...rest, types };
};

describe('the manifests', () => {
  it('are in order', () => {
    const { problems, count } = checkPackages(root);
    expect(problems).toEqual([]);
    expect(count).toBe(publishedPackages(repository).length);
    expect(count).toBeGreaterThan(6);
  });

  const core = 'packages/core/package.json';
  const cpu = 'packages/backend-cpu/package.json';
  const planted = [
    [
      'an install script',
      core,
      (m) => Object.assign(m.scripts, { postinstall: 'x' }),
      /postinstall/,
    ],
    ['no license', core, (m) => delete m.license, /license/],
    ['no engines', core, (m) => delete m.engines, /engines/],
    ['no changelog', core, (m) => m.files.splice(m.files.indexOf('CHANGELOG.md'), 1), /CHANGELOG/],
    ['another folder', core, (m) => Object.assign(m.repository, { directory: 'x' }), /directory/],
    ['no sideEffects', core, (m) => delete m.sideEffects, /sideEffects/],
    [
      'types last',
      core,
      (m) => Object.assign(m.exports['.'], { import: swapTypes(m.exports['.'].import) }),
      /types must be first/,
    ],
    ['no require', core, (m) => delete m.exports['.'].require, /no condition require/],
    [
      'one declaration for both',
      core,
      (m) => Object.assign(m.exports['.'].require, { types: './dist/index.d.ts' }),
      /declarations of their own/,
    ],
    [
      'browser after import',
      cpu,
      (m) => {
        const { browser, ...rest } = m.exports['.'];
        m.exports['.'] = { ...rest, browser };
      },
      /browser must come before/,
    ],
    [
      'a range that the workspace does not fill',
      'packages/nn/package.json',
      (m) => Object.assign(m.dependencies, { '@dl/core': '^0.1.0' }),
      /must not be \^0\.1\.0/,
    ],
    [
      'a binary for another system',
      'packages/backend-cpu-linux-x64/package.json',
      (m) => Object.assign(m, { os: ['darwin'] }),
      /os and cpu/,
    ],
    [
      'no group for binaries',
      '.changeset/config.json',
      (m) => Object.assign(m, { fixed: [] }),
      /fixed/,
    ],
    [
      'a README without an example',
      'packages/nn/README.md',
      (s) => s.replaceAll('```ts', '```js'),
      /example/,
    ],
  ];
  it.each(planted)('%s is caught', (_, file, change, message) => {
    const problems = spoil(file, change);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).toMatch(message);
  });
});
