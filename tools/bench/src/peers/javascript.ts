// Other JavaScript libraries as peers: TensorFlow.js and jax-js.
import { fileURLToPath } from 'node:url';
import type { Peer } from '../row.js';
import { processPeer } from './process.js';

const script = fileURLToPath(new URL('../peers/js_rows.mjs', import.meta.url));

const libraries = [
  { name: 'tfjs-wasm', args: ['tfjs', 'wasm'] },
  { name: 'tfjs-cpu', args: ['tfjs', 'cpu'] },
  { name: 'jax-js', args: ['jax', ''] },
] as const;

/** Starts them. WebAssembly in Node has one thread in both. */
export const javascriptPeers = (threads: number): Promise<Peer[]> =>
  Promise.all(
    libraries.map(({ name, args: [library, backend] }) =>
      processPeer(
        name,
        process.execPath,
        [script, library, String(threads), backend],
        'its packages do not load; pnpm install brings them',
      ),
    ),
  );
