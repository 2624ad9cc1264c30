// Runs in the browser: gives the test that opened the page the suite to call.
import type { Sample } from 'dl-sampling';
import { type Goldens, outcomeOf } from '../src/outcome.js';

async function read(name: string): Promise<Goldens> {
  return (await (await fetch(`/${name}.json`)).json()) as Goldens;
}

const outcome = async (device: string, sample: Sample) =>
  outcomeOf(device, { ...(await read('elementwise')), ...(await read('table')) }, sample);
Object.assign(globalThis, { outcome });
