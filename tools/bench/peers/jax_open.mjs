// jax-js in Node, on its WebAssembly backend.
import { jaxRows } from './jax_rows.mjs';

// It looks for one, which Node has from version 21 on.
globalThis.navigator ??= { hardwareConcurrency: 2, userAgent: 'node' };
const jax = await import('@jax-js/jax');

export async function open() {
  await jax.init('wasm');
  jax.defaultDevice('wasm');
  return { rows: jaxRows(jax, jax.blockUntilReady), label: 'jax-js wasm 0.1' };
}
