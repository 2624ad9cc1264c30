// The suite and a training in an edge runtime, which answers requests and has neither files nor a page.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../scripts/lib/free-port.mjs';
import { bundled, goldens, report } from './bundle.mjs';

const settings = (port) => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main)],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
);
`;

/** Asks until the runtime listens. */
async function ask(url, options) {
  for (let time = 0; ; time++) {
    try {
      return await fetch(url, options);
    } catch (error) {
      if (time === 100) throw error;
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

/** Starts the runtime and prints what it answers; gives whether all of it was as it must be. */
export async function runAtEdge(home, program) {
  mkdirSync(home, { recursive: true });
  const port = await freePort();
  const file = join(home, 'config.capnp');
  writeFileSync(file, settings(port));
  writeFileSync(join(home, 'worker.js'), await bundled('worker.ts'));
  const child = spawn(program, ['serve', file], { stdio: 'inherit' });
  try {
    const url = `http://127.0.0.1:${port}/`;
    const trained = await (await ask(url)).text();
    console.log(`training: ${trained}`);
    const answer = await ask(url, { method: 'POST', body: goldens() });
    if (!answer.ok) throw new Error(await answer.text());
    return report(await answer.json()) && trained === 'trained';
  } finally {
    child.kill();
  }
}
