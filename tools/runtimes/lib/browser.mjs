// The suite in a browser of this machine, which needs no driver: its page sends what came.
import { spawn } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { bundled, goldens, report } from './bundle.mjs';

const limit = 900_000;

async function serve(script, done) {
  const page =
    '<!doctype html><title>runtimes</title><script type="module" src="/page.js"></script>';
  const files = {
    '/': ['text/html', page],
    '/page.js': ['text/javascript', script],
    '/goldens': ['application/json', goldens()],
  };
  const server = createServer((request, response) => {
    if (request.url === '/outcome') {
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => done(JSON.parse(text)));
      response.end();
      return;
    }
    const [type, body] = files[request.url] ?? ['text/plain'];
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return server;
}

/** Opens the page and prints what it found; gives whether all cases passed. */
export async function runInBrowser(home, browser, host) {
  const profile = join(home, 'profile');
  rmSync(profile, { recursive: true, force: true });
  mkdirSync(profile, { recursive: true });
  let done;
  const outcome = new Promise((resolve, reject) => {
    done = resolve;
    setTimeout(
      () => reject(new Error('the page sent nothing for a quarter of an hour')),
      limit,
    ).unref();
  });
  const server = await serve(await bundled('page.ts'), done);
  const url = `http://127.0.0.1:${server.address().port}/`;
  const [program, ...rest] = [...(host.before ?? []), ...browser, ...host.browser(profile), url];
  const child = spawn(program, rest, {
    // A group of its own: a browser is several processes.
    detached: true,
    stdio: 'ignore',
    env: { ...process.env, HOME: profile },
  });
  child.on('error', (error) => done({ error: error.message }));
  try {
    const { agent, error, ...found } = await outcome;
    if (error !== undefined) throw new Error(error);
    console.log(agent);
    return report(found);
  } finally {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    server.close();
    server.closeAllConnections();
  }
}
