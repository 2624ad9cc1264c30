// Runs in the browser: the suite on device webgpu, its outcome for the test that opened the page.
import { webgpu } from '@dl/backend-webgpu';
import type { Goldens } from '../src/goldens.js';
import { missingDtypes } from '../src/host.js';
import { suite } from '../src/suite.js';

async function outcome(): Promise<object> {
  const info = await webgpu.init();
  const read = async (name: string): Promise<Goldens> =>
    (await (await fetch(`/${name}.json`)).json()) as Goldens;
  const goldens = { ...(await read('elementwise')), ...(await read('table')) };
  const failed: string[] = [];
  let passed = 0;
  for (const group of suite({ device: 'webgpu', goldens, without: missingDtypes.webgpu })) {
    for (const r of await group.run()) {
      if (r.failure === null) passed++;
      else failed.push(`${r.id}, ${r.check}: ${r.failure}`);
    }
  }
  return { info, passed, failed, dispatches: webgpu.counts().dispatches };
}

Object.assign(globalThis, { outcome });
