// In the page: jax-js on its WebGPU backend.
import * as jax from '@jax-js/jax';
import { jaxRows } from './jax_rows.mjs';
import { expose } from './web_counts.mjs';

globalThis.open_jax = async () => {
  await jax.init('webgpu');
  jax.defaultDevice('webgpu');
  const device = jax.getWebGPUDevice();
  const { vendor, architecture } = device.adapterInfo;
  // Asking for the buffer submits what an array waits for.
  const ready = (arrays) => Promise.all(jax.tree.leaves(arrays).map((x) => x.gpuBuffer()));
  expose('jax', {
    label: 'jax-js webgpu 0.1',
    adapter: `${vendor} ${architecture}`,
    rows: jaxRows(jax, ready),
    done: () => device.queue.onSubmittedWorkDone(),
  });
};
