// The sources, bundled and minified by Terser as webpack does: nothing may lean on what it takes for granted.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { hasTurn } from 'dl-testing/sampling';
import { build } from 'esbuild';
import { minify } from 'terser';
import { expect, it } from 'vitest';

const source = (path) => fileURLToPath(new URL(`../../../packages/${path}`, import.meta.url));
const programs = fileURLToPath(new URL('../programs', import.meta.url));
const names = ['core', 'nn', 'optim', 'losses', 'io'];
const program = `
  import './net.ts';
  import { tensor } from '@dl/core';
  import { load, saveBytes } from '@dl/io';
  import { BatchNorm1d, Conv1d, Flatten, GRU, Linear, MaxPool1d, Module, Sequential } from '@dl/nn';

  class Net extends Module {
    layers = new Sequential(new Linear(2, 8), new BatchNorm1d(8));
    forward(x) { return this.layers.forward(x); }
  }
  const net = new Net();
  net.loadStateDict(await load(await saveBytes(net.stateDict())));
  const wave = new Sequential(new Conv1d(1, 2, 3), new MaxPool1d(2), new Flatten());
  const [, last] = new GRU(1, 3).forward(tensor([[[1], [2]]]));
  console.log(wave.forward(tensor([[[1, 2, 3, 4]]])).shape, last.shape);
  try { net.forward(tensor([[1, 2, 3]])) } catch (e) { console.log(e.message) }
`;

it.runIf(hasTurn('minified packages', 3, 0))(
  'trains, saves, loads and says where an error was',
  { timeout: 120_000 },
  async () => {
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: programs },
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
    const { code } = await minify(outputFiles[0].text, { module: true, compress: true });
    const said = execFileSync(process.execPath, ['--input-type=module'], {
      input: code,
      encoding: 'utf8',
    });
    expect(said).toMatch(/^trained\n\[ 1, 2 \] \[ 1, 2, 3 \]\n/);
    expect(said).toMatch(/^Module\.layers\.0: linear: input of shape \[1, 3\] does not fit/m);
  },
);
