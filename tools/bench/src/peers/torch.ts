// PyTorch as a peer.
import { fileURLToPath } from 'node:url';
import type { Peer } from '../row.js';
import { processPeer } from './process.js';

const script = fileURLToPath(new URL('../peers/torch_rows.py', import.meta.url));

/** The interpreter named by the environment variable DL_PYTHON or PYTHON, or `python3`. */
export const python = (): string => process.env.DL_PYTHON ?? process.env.PYTHON ?? 'python3';

/** Starts PyTorch. */
export const torchPeer = (threads: number): Promise<Peer> =>
  processPeer(
    'PyTorch',
    python(),
    ['-u', script, String(threads)],
    `${python()} has no torch; set DL_PYTHON to an interpreter that has it`,
  );
