// Files on another system: saved and read by every kind of path, one over another, whole models, and what is missing.
import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { allclose, manualSeed, randn } from '@dl/core';
import * as io from '@dl/io';
import { Linear, ReLU, Sequential } from '@dl/nn';

const name = ['bun', 'deno', 'node'].find((each) => process.versions[each] !== undefined);
console.log(`${process.platform}-${process.arch}, ${name} ${process.versions[name]}`);
manualSeed(0);
const net = new Sequential(new Linear(3, 8), new ReLU(), new Linear(8, 1));
const x = randn([64, 3]);
const folder = 'files';
mkdirSync(folder, { recursive: true });

/** Whether a state dict makes another net the same one. */
function same(state) {
  const other = new Sequential(new Linear(3, 8), new ReLU(), new Linear(8, 1));
  other.loadStateDict(state);
  return allclose(other.forward(x), net.forward(x));
}

async function refused(what, wanted) {
  const error = await what().then(
    () => 'nothing was refused',
    (e) => e.message,
  );
  if (!wanted.test(error)) throw new Error(error);
}

const read = [];
for (const path of [
  `${folder}/slash.pth`,
  join(folder, 'joined.pth'),
  resolve(folder, 'whole path.pth'),
  join(folder, 'ünïcode-网.pth'),
]) {
  // Twice, so that the second time there is a file to replace.
  for (let time = 0; time < 2; time++) await io.save(net.stateDict(), path);
  read.push(same(await io.load(path)));
}
await io.saveSafetensors(net.stateDict(), join(folder, 'net.safetensors'));
read.push(same(await io.loadSafetensors(join(folder, 'net.safetensors'))));
await io.save(net, join(folder, 'model.pth'));
const model = await io.load(join(folder, 'model.pth'));
read.push(allclose(model.forward(x), net.forward(x)));
await io.saveNpy(x, join(folder, 'x.npy'));
read.push(allclose(await io.loadNpy(join(folder, 'x.npy')), x));
if (!read.every(Boolean)) throw new Error(`not as it was saved: ${read}`);

await refused(() => io.load(join(folder, 'none.pth')), /it does not exist/);
await refused(() => io.save({}, join('nowhere', 'x.pth')), /the folder .* does not exist/);
// Nothing half-written stays behind.
const left = readdirSync(folder);
if (left.length !== read.length) throw new Error(`these files are there: ${left}`);
console.log(`${left.length} files, as they were saved`);
