// Every code block of the documentation compiles, runs, and prints what the page says.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  blocksOf,
  compiledOf,
  outputsOf,
  pagesIn,
  pagesOf,
  programOf,
  tableLines,
} from '../src/page.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
// Inside of this package, so that `@dl/*` is found as a user's program finds it: built.
const work = join(root, 'tools/docs/build');

const pages = pagesOf(root);

const read = (page: string): string => readFileSync(join(root, page), 'utf8');
const fileOf = (page: string): string =>
  join(work, `${page.replaceAll('/', '-').replace(/\.md$/, '')}.ts`);

/** What a program said of errors, without what Dawn says where the system has no Vulkan. */
const quiet = (text: string): string =>
  text.replace(/^Warning: Couldn't load Vulkan.*\n(?:(?: {4}at .*)?\n)*/gm, '');

// What the lines of tables may speak of.
const prelude = `import { cuda } from '@dl/backend-cuda';
import * as core from '@dl/core';
import * as nn from '@dl/nn';
import * as optim from '@dl/optim';
import * as losses from '@dl/losses';
import * as data from '@dl/data';
import * as io from '@dl/io';
`;

beforeAll(() => {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  for (const page of pages) {
    const blocks = blocksOf(read(page));
    writeFileSync(fileOf(page), programOf(blocks));
    if (blocks.some(({ runs }) => !runs)) {
      writeFileSync(fileOf(page).replace(/\.ts$/, '.only.ts'), compiledOf(blocks));
    }
  }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('every block compiles', { timeout: 120_000 }, () => {
  const files = readdirSync(work)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(work, name));
  expect(files.length).toBeGreaterThan(pages.length - 1);
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  });
  const problems = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    if (file === undefined || start === undefined) return text;
    const { line } = file.getLineAndCharacterOfPosition(start);
    return `${basename(file.fileName)}: ${file.text.split('\n')[line]}: ${text}`;
  });
  expect(problems).toEqual([]);
});

describe('every block runs and prints what the page says', () => {
  test.each(pages)('%s', { timeout: 60_000 }, (page) => {
    const blocks = blocksOf(read(page)).filter(({ runs }) => runs);
    if (blocks.length === 0) return;
    const source = readFileSync(fileOf(page), 'utf8');
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    const program = fileOf(page).replace(/\.ts$/, '.mjs');
    writeFileSync(program, outputText);
    const folder = fileOf(page).replace(/\.ts$/, '.d');
    mkdirSync(folder);
    const run = spawnSync(process.execPath, [program], { cwd: folder, encoding: 'utf8' });
    expect(quiet(run.stderr)).toBe('');
    expect(run.status).toBe(0);
    const printed = outputsOf(run.stdout);
    expect(printed).toHaveLength(blocks.length);
    blocks.forEach(({ output, line }, i) => {
      if (output !== null) expect(printed[i], `${page}, line ${line}`).toBe(output.trimEnd());
    });
  });
});

test('the lines of tables run', () => {
  const table = join(root, 'docs/guide/from-pytorch.md');
  const lines = tableLines(readFileSync(table, 'utf8'));
  expect(lines.length).toBeGreaterThan(40);
  const names = `const { ${[...exportsOf('core')].join(', ')} } = core;\n`;
  const setting = `
const x = tensor([[1, 2, 3], [4, 5, 6]]), y = ones([2, 3]), labels = tensor([0, 2], { dtype: 'int32' });
const net = new nn.Sequential(new nn.Linear(3, 3), new nn.Tanh()), model = net;
let optimizer = new optim.SGD(net.parameters(), { lr: 0.1 }), scheduler = new optim.StepLR(optimizer, 1);
const dataset = new data.TensorDataset(x, labels);
const w = tensor([2], { requiresGrad: true });
const loss = losses.crossEntropy(net.forward(x), labels);
const { load, save, setupSeed } = io;
`;
  const program = join(work, 'table.mjs');
  const body = lines.map(
    (line) =>
      `await (async () => {\n${/;|^(const|let|for|if|class) /.test(line) ? line : `void (${line.replace(/;$/, '')})`}\n})();`,
  );
  const source = `${prelude}${names}${setting}${body.join('\n')}\n`;
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  writeFileSync(program, outputText);
  const run = spawnSync(process.execPath, [program], { cwd: work, encoding: 'utf8' });
  expect(quiet(run.stderr)).toBe('');
  expect(run.status).toBe(0);
});

function exportsOf(name: string): string[] {
  const text = readFileSync(join(root, 'packages', name, 'dist/index.js'), 'utf8');
  const [, list = ''] = /export \{([\s\S]*?)\};/.exec(text) ?? [];
  return list
    .split(',')
    .map((item) => (item.trim().split(' as ').at(-1) as string).trim())
    .filter(
      (item) =>
        /^[A-Za-z]\w*$/.test(item) && !['Function', 'var', 'data', 'IndexError'].includes(item),
    );
}

test('the Chinese pages have the same blocks', () => {
  const english = pagesIn(root, 'docs/guide').map((page) => basename(page));
  expect(pagesIn(root, 'docs/zh').map((page) => basename(page))).toEqual(english);
  for (const name of english) {
    const [en, zh] = ['docs/guide', 'docs/zh'].map((folder) => blocksOf(read(join(folder, name))));
    expect(
      zh?.map(({ code, output }) => [code, output]),
      name,
    ).toEqual(en?.map(({ code, output }) => [code, output]));
  }
});

test('links between pages lead somewhere', () => {
  for (const page of pages) {
    for (const [, target] of read(page).matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      const file = join(root, page, '..', target);
      expect(existsSync(file), `${page}: ${relative(root, file)}`).toBe(true);
    }
  }
});
