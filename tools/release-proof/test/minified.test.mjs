// The sources, bundled and minified by Terser as webpack does: nothing may lean on what it takes for granted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { minify } from 'terser';
import { expect, it } from 'vitest';

const source = (path) => fileURLToPath(new URL(`../../../packages/${path}`, import.meta.url));
const names = ['core', 'nn', 'optim', 'losses', 'data', 'io'];
const program = `
  import { manualSeed, tensor } from '@dl/core';
  import { DataLoader, TensorDataset } from '@dl/data';
  import { load, saveBytes } from '@dl/io';
  import { mseLoss } from '@dl/losses';
  import { BatchNorm1d, Conv1d, Flatten, GRU, Linear, MaxPool1d, Module, Sequential, Tanh } from '@dl/nn';
  import { Adam, StepLR } from '@dl/optim';

  class Net extends Module {
    layers = new Sequential(new Linear(2, 8), new BatchNorm1d(8), new Tanh(), new Linear(8, 1));
    forward(x) { return this.layers.forward(x); }
  }
  manualSeed(0);
  const net = new Net();
  const x = tensor([[0, 0], [0, 1], [1, 0], [1, 1]]);
  const optimizer = new Adam(net.parameters(), { lr: 0.1 });
  const schedule = new StepLR(optimizer, 50);
  for (let epoch = 0; epoch < 100; epoch++) {
    for (const [a, b] of new DataLoader(new TensorDataset(x, tensor([[0], [1], [1], [0]])), { batchSize: 4 })) {
      optimizer.zeroGrad();
      mseLoss(net.forward(a), b).backward();
      optimizer.step();
    }
    schedule.step();
  }
  net.loadStateDict(await load(await saveBytes(net.stateDict())));
  const wave = new Sequential(new Conv1d(1, 2, 3), new MaxPool1d(2), new Flatten());
  const [, last] = new GRU(1, 3).forward(tensor([[[1], [2]]]));
  console.log(net.eval().forward(x).round().toArray().flat().map(Math.abs), wave.forward(tensor([[[1, 2, 3, 4]]])).shape, last.shape);
  try { net.forward(tensor([[1, 2, 3]])) } catch (e) { console.log(e.message) }
`;

it('trains, saves, loads and says where an error was', async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: source('core') },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    alias: {
      '@dl/core/functional': source('core/src/functional.ts'),
      ...Object.fromEntries(names.map((name) => [`@dl/${name}`, source(`${name}/src/index.ts`)])),
    },
  });
  const { code } = await minify(outputFiles[0].text, { module: true, compress: { passes: 2 } });
  const said = execFileSync(process.execPath, ['--input-type=module'], {
    input: code,
    encoding: 'utf8',
  });
  expect(said).toMatch(/^\[ 0, 1, 1, 0 \] \[ 1, 2 \] \[ 1, 2, 3 \]\n/);
  expect(said).toMatch(/^Module\.layers\.0: linear: input of shape \[1, 3\] does not fit/m);
});
