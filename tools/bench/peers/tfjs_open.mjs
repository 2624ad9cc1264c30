// TensorFlow.js in Node, on its WebAssembly or its plain backend.
import { createRequire, register } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { tfjsRows } from './tfjs_rows.mjs';

const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
// Gradients are registered globally, from modules that Node cannot resolve by itself.
register('./tfjs_resolve.mjs', import.meta.url);
await import('@tensorflow/tfjs-core/dist/register_all_gradients.js');

async function start(backend) {
  if (backend === 'wasm') {
    const { setWasmPaths, version_wasm } = require('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(
      join(dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist') + sep,
    );
    await tf.setBackend('wasm');
    return `tfjs-wasm ${version_wasm}`;
  }
  require('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return `tfjs-cpu ${tf.version_core}`;
}

export async function open(backend) {
  const label = await start(backend);
  return { rows: tfjsRows(tf, backend === 'cpu'), label };
}
