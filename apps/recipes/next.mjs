// The recipe for Next.js: installs Next.js in a temporary folder, builds the recipe there with the built packages, starts its
// server and clicks its buttons in Chromium. Next.js takes 400 MB, which is why `npm test` does not do it.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findChromium } from 'dl-testing/webgpu';
import { chromium } from 'playwright-core';

const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'next-recipe-'));
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' };

function run(command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: folder, env, stdio: 'inherit' });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} ended with ${status}`);
}

/** Puts a package there as an install would. */
function install(name) {
  const from = realpathSync(join(here, 'node_modules', name));
  const to = join(folder, 'node_modules', name);
  mkdirSync(to, { recursive: true });
  const own = (path) => !path.slice(from.length).includes('node_modules');
  cpSync(from, to, { recursive: true, filter: (path) => own(path) && !/\/(src|test)$/.test(path) });
}

/** Starts the built recipe; resolves to its process and its address. */
function start() {
  const next = join(folder, 'node_modules/next/dist/bin/next');
  const args = [next, 'start', '--port', '0', '--hostname', '127.0.0.1'];
  const server = spawn(process.execPath, args, { cwd: folder, env });
  return new Promise((done, fail) => {
    let said = '';
    server.stdout.on('data', (text) => {
      said += text;
      const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
      if (url !== undefined && said.includes('Ready')) done({ server, url });
    });
    server.on('exit', (code) => fail(new Error(`next start ended with ${code}: ${said}`)));
  });
}

async function check(url) {
  const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage();
    await page.goto(url);
    for (const [button, text] of [
      ['Train here', 'in the browser: 20.9637'],
      ['Ask the server', 'on the server: 20.9637'],
    ]) {
      await page.getByRole('button', { name: button }).click();
      await page.getByText(text).waitFor({ timeout: 15_000 });
      console.log(text);
    }
  } finally {
    await browser.close();
  }
}

try {
  cpSync(join(here, 'next'), folder, { recursive: true });
  run('npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund');
  for (const name of ['core', 'nn', 'optim', 'losses']) install(`@dl/${name}`);
  run(process.execPath, 'node_modules/next/dist/bin/next', 'build');
  const { server, url } = await start();
  try {
    await check(url);
  } finally {
    server.removeAllListeners('exit');
    server.kill();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
