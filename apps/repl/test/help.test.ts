// dir() and help(), on the real reference; and the prompt itself.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { start } from 'node:repl';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as backendCuda from '@dl/backend-cuda';
import * as backendWebgpu from '@dl/backend-webgpu';
import * as core from '@dl/core';
import * as data from '@dl/data';
import * as io from '@dl/io';
import * as losses from '@dl/losses';
import * as nn from '@dl/nn';
import * as optim from '@dl/optim';
import { describe, expect, it, test } from 'vitest';
import { completeSameCase } from '../src/complete.js';
import { dir, help } from '../src/help.js';
import { readReference, type World } from '../src/reference.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packages: World['packages'] = {
  core,
  nn,
  optim,
  losses,
  data,
  io,
  'backend-webgpu': backendWebgpu,
  'backend-cuda': backendCuda,
};
const { webgpu } = backendWebgpu;
const { cuda } = backendCuda;
// As it was built: `npm test` builds before it tests.
const reference = readReference();
const world: World = { packages, reference };

describe('the reference', () => {
  const values = reference.filter((entry) => entry.kind !== 'type');

  test.each(Object.entries(packages))('has every export of %s', (name, exports) => {
    const names = reference.filter((e) => e.package === `@dl/${name}`).map((e) => e.name);
    expect(Object.keys(exports).filter((key) => !names.includes(key))).toEqual([]);
  });

  it('says what each export does, and how it is called', () => {
    expect(values.filter((e) => e.text === '').map((e) => e.name)).toEqual([]);
    expect(values.filter((e) => e.signatures.length === 0).map((e) => e.name)).toEqual([]);
    expect(values.filter((e) => !/^packages\/.*\.ts$/.test(e.file)).map((e) => e.name)).toEqual([]);
  });

  it('has an example for most functions and classes', () => {
    const callable = values.filter((e) => e.kind !== 'constant');
    const without = callable.filter((e) => e.examples.length === 0);
    expect(without.length / callable.length).toBeLessThan(0.15);
  });
});

describe('dir', () => {
  it('lists a package in groups', () => {
    const text = dir(world, nn);
    expect(text).toMatch(
      /^@dl\/nn\n\nClasses\n[\s\S]*\bLinear\b[\s\S]*\n\nFunctions\n[\s\S]*\bbuildModule\b/,
    );
    expect(dir(world, 'nn')).toBe(text);
    expect(text).toMatch(/Constants\n[\s\S]*\binit\b/);
  });

  it('lists what an instance and a class have', () => {
    const text = dir(world, new nn.Linear(2, 3));
    expect(text).toMatch(
      /^Linear\n\nMethods\n[\s\S]*\bforward\b[\s\S]*Fields\n[\s\S]*\binFeatures\b/,
    );
    expect(dir(world, core.tensor([1]))).toMatch(/\bmatmul\b/);
    expect(dir(world, optim.SGD)).toMatch(/^SGD\n\nMethods\n[\s\S]*\bstep\b/);
    expect(dir(world, 3)).toMatch(/has no names/);
    expect(dir(world, undefined)).toMatch(/core nn optim losses data io/);
  });

  it('leaves out what is nobody’s business, and says each name once', () => {
    const names = dir(world, core.tensor([1])).split(/\s+/);
    expect(names).not.toContain('accumulator');
    expect(names).not.toContain('leafRequiresGrad');
    expect(names).toContain('requiresGrad');
    for (const device of [webgpu, cuda]) {
      const listed = dir(world, device).split(/\s+/);
      expect(listed.filter((name) => name === 'isAvailable')).toHaveLength(1);
      expect(listed).not.toContain('Fields');
    }
    expect(dir(world, webgpu)).toMatch(/^webgpu\n\nMethods\n/);
  });
});

describe('help', () => {
  it('explains an export, with its arguments, errors and example', () => {
    const text = help(world, core.conv2d);
    expect(text).toMatch(/^conv2d\(x: Tensor, weight: Tensor,/);
    expect(text).toContain('PyTorch: `F.conv2d`');
    expect(text).toMatch(/Arguments\n {2}x: `\[n, channels, height, width\]`/);
    expect(text).toMatch(/Errors\n {2}ShapeError if/);
    expect(text).toMatch(/Example\n {2}conv2d\(zeros/);
    expect(text).toMatch(
      /@dl\/core, packages\/core\/src\/operators\/network\/convolution\.ts:\d+\nguide: docs\/guide\/tensor\.md$/,
    );
    expect(help(world, 'conv2d')).toBe(text);
    expect(help(world, 'core.conv2d')).toBe(text);
  });

  it('explains classes, instances, methods and namespaces', () => {
    const text = help(world, nn.Linear);
    expect(text).toMatch(/^new Linear\(inFeatures: number, outFeatures: number,/);
    expect(help(world, new nn.Linear(1, 1))).toBe(text);
    expect(help(world, 'Linear.resetParameters')).toMatch(/PyTorch: `reset_parameters`/);
    expect(help(world, 'Tensor.view')).toMatch(/view\(/);
    expect(help(world, new nn.Sequential())).toMatch(/PyTorch: `nn.Sequential`/);
    expect(help(world, nn)).toBe(dir(world, nn));
    expect(help(world, undefined)).toMatch(/dir\(nn\)/);
  });

  it('explains methods, functions of objects, and devices', () => {
    expect(help(world, core.tensor([1]).matmul)).toMatch(/^matmul\([\s\S]*PyTorch: `torch.matmul`/);
    expect(help(world, nn.init.zeros_)).toBe(help(world, 'init.zeros_'));
    expect(help(world, 'nn.init.zeros_')).toMatch(/PyTorch: `init.zeros_`/);
    expect(help(world, webgpu.init)).toMatch(/^init\(\): Promise<WebGPUInfo>\n\n\S/);
    expect(help(world, cuda.deviceCount)).toMatch(/PyTorch: `torch.cuda.device_count`/);
    expect(help(world, 'cuda.isAvailable')).toMatch(/guide: docs\/guide\/devices\.md$/);
    // A method of the reader's own tensor, which has the description and the place of its function.
    expect(help(world, 'x.at')).toMatch(/^at\(\.\.\.items: [\s\S]*x\[0\][\s\S]*\/at-set\.ts:\d+/);
    expect(help(world, 'x.add_')).toMatch(/^add_\(other: [\s\S]*PyTorch: `Tensor\.add_`/);
    expect(help(world, 'step')).toMatch(/optimizer\.step\(\)/);
    expect(help(world, 'optim')).toBe(dir(world, optim));
  });

  it('finds PyTorch’s names', () => {
    const named = {
      from_numpy: 'fromTypedArray',
      'torch.from_numpy': 'fromTypedArray',
      'torch.nn.functional.cross_entropy': 'crossEntropy',
      'F.cross_entropy': 'crossEntropy',
      'nn.functional.relu': 'relu',
      'nn.CrossEntropyLoss': 'CrossEntropyLoss',
      'torch.nn.CrossEntropyLoss()': 'CrossEntropyLoss',
      'torch.optim.SGD': 'SGD',
      'torch.optim.lr_scheduler.StepLR': 'StepLR',
      'torch.utils.data.DataLoader': 'DataLoader',
      'torch.manual_seed': 'manualSeed',
      'torch.no_grad': 'noGrad',
      'torch.cat': 'cat',
      manual_seed: 'manualSeed',
      masked_fill_: 'Tensor.maskedFill_',
      zero_grad: 'Optimizer.zeroGrad',
      'torch.load': 'load',
    };
    for (const [name, own] of Object.entries(named)) {
      expect(help(world, name).split('\n')[0], name).toBe(help(world, own).split('\n')[0]);
    }
    expect(help(world, 'CrossEntropyLoss')).toMatch(/^new CrossEntropyLoss\(/);
    expect(help(world, 'torch.cross_entrpy')).toMatch(/similar names: crossEntropy/);
  });

  it('opens with the guide’s first page', () => {
    const withPage = { ...world, firstPage: '# Start\n\nA page.\n' };
    expect(help(withPage, undefined)).toMatch(/^# Start\n\nA page\.\n\nhelp\(nn\.Linear\)/);
    expect(dir(withPage, undefined)).toBe(help(withPage, undefined));
  });

  it('lists the fields of the options', () => {
    expect(help(world, nn.Linear)).toMatch(/Options\n {2}bias: boolean — Add a learnable bias/);
    expect(help(world, nn.init)).toMatch(/^init\n[\s\S]*Has\n {2}calculateGain .*\n {2}ones_/);
  });

  it('names a page of the guide that is there', () => {
    for (const entry of reference) {
      if (entry.kind === 'type') continue;
      const [, page] =
        /^guide: (.*)$/m.exec(help(world, `${entry.package.slice(4)}.${entry.name}`)) ?? [];
      expect(page && existsSync(root + page), entry.name).toBe(true);
    }
  });

  it('shows the source', () => {
    const text = help(world, 'crossEntropy', { source: true });
    expect(text).toMatch(
      /^\/\/ packages\/losses\/src\/cross-entropy\.ts:\d+\nexport const crossEntropy = /,
    );
  });

  it('suggests names that are near', () => {
    expect(help(world, 'crossEntrpy')).toMatch(
      /^there is no 'crossEntrpy'; similar names: crossEntropy\b/,
    );
    expect(help(world, 'qqqqqqqqqq')).toMatch(/dir\(core\) lists names/);
  });
});

// The built program: `npm test` builds before it tests.
describe('the prompt', () => {
  const repl = (input: string, ...args: string[]) =>
    spawnSync(process.execPath, [`${root}apps/repl/dist/main.js`, ...args], {
      input,
      encoding: 'utf8',
    });

  it('has every name, awaits, and prints tensors as PyTorch does', () => {
    const { stdout, status } = repl(
      'const x = tensor([1, 2]);\nx.add(1)\nawait x.cpu()\nnew Linear(1, 2)\nhelp("relu")\nio.save.name\n',
    );
    expect(stdout).toContain('tensor([2., 3.])\n');
    expect(stdout).toContain('tensor([1., 2.])\n');
    expect(stdout).toContain('Linear(in_features=1, out_features=2, bias=True)');
    expect(stdout).toContain('PyTorch: `torch.relu`');
    expect(stdout).toContain("'save'");
    expect(status).toBe(0);
  });

  it('runs what is pasted as a whole, and goes on after an error, which is one line', () => {
    const { stdout, stderr } = repl(
      "import { ones } from '@dl/core';\nconst y: Tensor = ones([2])\n  .add(1)\n  .mul(2);\ny\nhelp()\ny.view([3])\n",
    );
    expect(stdout).toMatch(/^tensor\(\[4\., 4\.\]\)\n# Start\n/);
    expect(stdout).toMatch(/\nShapeError: view: [^\n]*\n$/);
    expect(stderr).toBe('');
    expect(repl('y.view([3])\n', '--stack').stdout).toMatch(/ReferenceError[^\n]*\n {4}at /);
  });

  it('completes names as they are typed', async () => {
    const repl = start({ input: new PassThrough(), output: new PassThrough(), prompt: '' });
    completeSameCase(repl);
    Object.assign(repl.context, packages, core, losses, { x: core.tensor([1]) });
    const found = (line: string): Promise<unknown> =>
      new Promise((done) => repl.completer(line, (_, result) => done(result)));
    expect(await found('crossEnt')).toEqual([['crossEntropy'], 'crossEnt']);
    expect(await found('CrossEnt')).toEqual([['CrossEntropyLoss'], 'CrossEnt']);
    expect(await found('nn.Linea')).toEqual([['nn.Linear'], 'nn.Linea']);
    expect(await found('x.matm')).toEqual([['x.matmul'], 'x.matm']);
    // Nothing begins so: whatever the case.
    expect(await found('nn.linea')).toEqual([['nn.Linear'], 'nn.linea']);
    repl.close();
  });

  it('evaluates a line', () => {
    expect(repl('', '--eval', 'manualSeed(0); rand([2])').stdout).toBe(
      'tensor([0.4963, 0.7682])\n',
    );
    const wrong = repl('', '--eval', 'ones([2]).view([3])');
    expect(wrong.stderr).toMatch(/^ShapeError: view: [^\n]*\n$/);
    expect(wrong.status).toBe(1);
    expect(repl('', '--nonsense').status).toBe(2);
  });
});
