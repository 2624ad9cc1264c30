// The suite on device webgpu in a real Chromium, on its software adapter: a sample at each commit.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { sampleOf } from 'dl-testing/sampling';
import { chromiumArguments, findChromium } from 'dl-testing/webgpu';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Outcome } from '../src/outcome.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

it('webgpu in Chromium agrees with PyTorch', async () => {
  const executablePath = findChromium();
  if (executablePath === null) throw new Error('no Chromium on the PATH; apt install chromium');
  const bundle = await build({
    entryPoints: [here('page.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    alias: {
      '@dl/core/functional': here('../../../packages/core/src/functional.ts'),
      ...Object.fromEntries(
        ['core', 'backend-webgpu', 'nn', 'optim', 'losses', 'data', 'io'].map((name) => [
          `@dl/${name}`,
          here(`../../../packages/${name}/src/index.ts`),
        ]),
      ),
    },
    external: ['node:*'],
  });
  const files = new Map([
    [
      '/',
      '<!doctype html><title>conformance</title><script type="module" src="/page.js"></script>',
    ],
    ['/page.js', bundle.outputFiles[0]?.text],
    ['/elementwise.json', readFileSync(here('../fixtures/elementwise.json'), 'utf8')],
    ['/table.json', readFileSync(here('../fixtures/table.json'), 'utf8')],
  ]);
  const types: Record<string, string> = { js: 'text/javascript', json: 'application/json' };
  const server = createServer((request, response) => {
    const path = request.url as string;
    const body = files.get(path);
    const type = types[path.split('.')[1] ?? ''] ?? 'text/html';
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
  try {
    const sample = sampleOf(120);
    const part = { sample, operators: sampleOf(20), lengths: sampleOf(4) };
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on('pageerror', (e) => errors.push(e.message));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('globalThis.outcome !== undefined', null, { timeout: 30_000 });
    const result = (await page.evaluate(`outcome('webgpu', ${JSON.stringify(part)})`)) as Outcome;
    expect(errors).toEqual([]);
    console.info(`calls on webgpu in Chromium: ${result.calls}`);
    expect(result.failed).toEqual([]);
    expect(result.passed).toBeGreaterThan(10_000 / sample.of);
    expect(result.dispatches).toBeGreaterThan(10_000 / sample.of);
  } finally {
    await browser.close();
    server.close();
  }
}, 600_000);
