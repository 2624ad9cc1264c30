// `pnpm repl`: a prompt with all packages loaded.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { start } from 'node:repl';
import * as backendCuda from '@dl/backend-cuda';
import * as backendWebgpu from '@dl/backend-webgpu';
import * as core from '@dl/core';
import * as data from '@dl/data';
import * as io from '@dl/io';
import * as losses from '@dl/losses';
import * as nn from '@dl/nn';
import * as optim from '@dl/optim';
import { completeSameCase } from './complete.js';
import { dir, type HelpOptions, help, type World } from './help.js';
import { readReference } from './reference.js';

const packages = { core, nn, optim, losses, data, io };
// Their names at the prompt are `cuda` and `webgpu`; what is below them is explained too.
const devices = { 'backend-webgpu': backendWebgpu, 'backend-cuda': backendCuda };
const world: World = { packages: { ...packages, ...devices }, reference: readReference() };

const globals: Record<string, unknown> = {
  ...Object.assign({}, ...Object.values(packages).reverse()),
  ...packages,
  // Devices: asked, and started, by the reader.
  cuda: backendCuda.cuda,
  webgpu: backendWebgpu.webgpu,
  dir: (x?: unknown) => console.log(dir(world, x)),
  help: (x?: unknown, options?: HelpOptions) => console.log(help(world, x, options)),
};
// JavaScript's own Function stays what it is at the prompt; ours is core.Function.
delete globals.Function;

const args = process.argv.slice(2);
const line = args[0] === '--eval' ? args[1] : undefined;
if (args.length > 0 && line === undefined) {
  console.error('repl: usage: pnpm repl [--eval LINE]');
  process.exitCode = 2;
} else {
  if (line === undefined && process.stdin.isTTY) {
    console.log(`dl: every export of ${Object.keys(packages).join(', ')}; dir(nn), help('Linear')`);
  }
  const { PassThrough } = await import('node:stream');
  const input = line === undefined ? process.stdin : new PassThrough();
  const interactive = line === undefined && process.stdin.isTTY === true;
  const repl = start({
    prompt: interactive ? '> ' : '',
    input,
    output: process.stdout,
    terminal: interactive,
    ignoreUndefined: true,
  });
  completeSameCase(repl);
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(repl.context, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
  if (interactive) {
    const file = process.env.DL_REPL_HISTORY ?? join(homedir(), '.dl_repl_history');
    if (file !== '') repl.setupHistory(file, () => {});
  }
  if (line !== undefined) (input as InstanceType<typeof PassThrough>).end(`${line}\n`);
}
