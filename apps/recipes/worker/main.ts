import { tensor } from '@dl/core';
import { load } from '@dl/io';
import { Linear } from '@dl/nn';

const net = new Linear(1, 1);
const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
worker.addEventListener('message', async ({ data }) => {
  if ('step' in data) {
    console.log(`step ${data.step}: loss ${data.loss.toFixed(6)}`);
  } else {
    net.loadStateDict(await load(data.parameters));
    console.log(String(net.forward(tensor([[10]])).detach()));
  }
});
worker.addEventListener('error', ({ message }) => console.error(message));
worker.postMessage(60);
