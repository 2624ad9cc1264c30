// Bundles in a real Chromium: what they write into the page is what is read back.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { delimiter, extname, join } from 'node:path';
import { build as esbuild } from 'esbuild';
import { chromium } from 'playwright-core';
import { build as vite } from 'vite';
import { sourceOf } from './projects.mjs';
import { must } from './shell.mjs';

const args = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Chromium's program: `CHROMIUM`, or the first of the known names on the PATH. */
export function findChromium() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(existsSync);
  must(found, 'no Chromium on the PATH; install one or name it: CHROMIUM=/path/to/chrome');
  return found;
}

function serve(folder) {
  const types = { '.html': 'text/html', '.js': 'text/javascript' };
  const server = createServer(({ url }, response) => {
    const path = join(folder, url === '/' ? 'index.html' : new URL(url, 'http://x').pathname);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': types[extname(path)] ?? 'text/plain' });
    response.end(readFileSync(path));
  });
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)));
}

/** Opens a built page; gives the lines of its console and its errors, when one line has come. */
async function open(folder) {
  const server = await serve(folder);
  const browser = await chromium.launch({ executablePath: findChromium(), args });
  try {
    const page = await browser.newPage();
    const lines = [];
    const first = new Promise((done) => {
      page.on('console', (message) => done(lines.push(message.text())));
      page.on('pageerror', (error) => done(lines.push(`error: ${error.message}`)));
      setTimeout(done, 60_000).unref();
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await first;
    return lines;
  } finally {
    await browser.close();
    server.close();
  }
}

function page(folder, script) {
  mkdirSync(folder, { recursive: true });
  const html = `<!doctype html><html><head><link rel="icon" href="data:," /></head><body><script type="module" src="${script}"></script></body></html>`;
  writeFileSync(join(folder, 'index.html'), html);
}

/** A program of `programs`, bundled by Vite in a project, trains in Chromium. */
export async function trainsWithVite(project, program) {
  page(project, '/main.ts');
  writeFileSync(join(project, 'main.ts'), readFileSync(sourceOf(program)));
  await vite({ root: project, configFile: false, logLevel: 'error', build: { outDir: 'built' } });
  const lines = await open(join(project, 'built'));
  must(lines.join() === 'trained', `Vite: the page said ${JSON.stringify(lines)}`);
}

/** A package for Node, bundled for a browser without the condition `browser`, says what it is for. */
export async function withoutBrowserCondition(project) {
  const folder = join(project, 'neutral');
  page(folder, '/main.js');
  const contents = `import * as cpu from '@dl/backend-cpu';
    import { tensor } from '@dl/core';
    console.log(cpu.init().reason + ' | ' + tensor([1, 2]).sum().item());`;
  await esbuild({
    stdin: { contents, resolveDir: project },
    bundle: true,
    format: 'esm',
    platform: 'neutral',
    conditions: ['import'],
    outfile: join(folder, 'main.js'),
  });
  const lines = await open(folder);
  must(
    lines.length === 1 && /is for Node.*@dl\/backend-webgpu.*\| 3$/.test(lines[0]),
    `without the condition browser the page said ${JSON.stringify(lines)}`,
  );
  return lines[0];
}
