// Runs in the browser: gives the test that opened the page the suite to call.
import { type Goldens, outcomeOf } from '../src/outcome.js';

async function read(name: string): Promise<Goldens> {
  return (await (await fetch(`/${name}.json`)).json()) as Goldens;
}

const outcome = async (device: string, part: Parameters<typeof outcomeOf>[2]) =>
  outcomeOf(device, { ...(await read('elementwise')), ...(await read('table')) }, part);
Object.assign(globalThis, { outcome });
