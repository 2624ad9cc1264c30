// The notebooks are those of the lessons' programs, and run from top to bottom.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { cellsOf, notebookOf } from '../src/notebook.js';
import { lessonNotebooks } from '../src/notebooks.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const notebooks = lessonNotebooks(root);

describe('a notebook', () => {
  const source = `// What it shows.
// In two lines.
import { a } from 'b';

console.log('# First');
const x = a();

// Why this comes next.
function f() {
  // An inner comment stays.
  return x;
}

console.log('\\n# Second');
console.log(import.meta.url);
`;

  it('has a cell for each part', () => {
    expect(cellsOf(source, 'Sample').map(({ kind, lines }) => [kind, lines.join('|')])).toEqual([
      ['markdown', '# Sample||What it shows.|In two lines.'],
      ['code', "import { a } from 'b';"],
      ['markdown', '## First'],
      ['code', 'const x = a();'],
      ['markdown', 'Why this comes next.'],
      ['code', 'function f() {|  // An inner comment stays.|  return x;|}'],
      ['markdown', '## Second'],
      ['code', "console.log(process.cwd() + '/notebook.js');"],
    ]);
  });

  it('is of format 4', () => {
    const made = JSON.parse(notebookOf(cellsOf(source, 'Sample')));
    expect([made.nbformat, made.nbformat_minor]).toEqual([4, 5]);
    const ids = made.cells.map((cell: { id: string }) => cell.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const cell of made.cells) {
      expect(Object.keys(cell).sort()).toEqual(
        cell.cell_type === 'code'
          ? ['cell_type', 'execution_count', 'id', 'metadata', 'outputs', 'source']
          : ['cell_type', 'id', 'metadata', 'source'],
      );
    }
  });
});

test('each lesson has one', () => {
  expect(notebooks.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'autograd',
      'digits',
      'linear-regression',
      'logistic-regression',
      'mlp',
      'penguins',
      'tensor-tour',
    ]),
  );
});

test.each(notebooks.map((n) => [n.name, n] as const))('%s is up to date', (_, { file, text }) => {
  expect(readFileSync(file, 'utf8'), 'run `pnpm notebooks`').toBe(text);
});

// Where Python's nbclient and the kernel are: not on every machine, and never needed for the rest.
const python = process.env.NOTEBOOK_PYTHON ?? 'python3';
const probe = `import nbclient, jupyter_client; jupyter_client.kernelspec.get_kernel_spec('tslab')`;
const present =
  spawnSync(python, ['-c', probe]).status === 0 || process.env.DL_REQUIRE_NOTEBOOKS === '1';
if (!present) {
  console.warn(
    `No nbclient with the kernel tslab in ${python}: the notebooks are not executed; DL_REQUIRE_NOTEBOOKS=1 makes that a failure.`,
  );
}
const run = `
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
nbformat.validate(notebook)
NotebookClient(notebook, timeout=300, kernel_name='tslab', resources={'metadata': {'path': sys.argv[2]}}).execute()
for cell in notebook.cells:
    for output in cell.get('outputs', []):
        print(output.get('text', ''), end='')
`;

describe.skipIf(!present)('executed by the kernel tslab', () => {
  test.each(notebooks.map((n) => [n.name, n] as const))(
    '%s',
    { timeout: 400_000 },
    (name, { file, folder }) => {
      const { status, stdout, stderr } = spawnSync(python, ['-c', run, file, folder], {
        encoding: 'utf8',
      });
      expect(stderr.split('\n').slice(-12).join('\n')).not.toMatch(/Error/);
      expect(status).toBe(0);
      if (name === 'digits') {
        expect(Number(/test accuracy: (\d+\.\d)/.exec(stdout)?.[1])).toBeGreaterThan(85);
        return;
      }
      // The numbers are those of the lesson, which are PyTorch's.
      const golden: string[] = JSON.parse(readFileSync(`${folder}/test/golden.json`, 'utf8'));
      const printed = stdout.split('\n');
      expect(golden.filter((line) => !printed.includes(line))).toEqual([]);
    },
  );
});
