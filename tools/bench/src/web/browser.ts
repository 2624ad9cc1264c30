// The libraries on WebGPU in one page of Chromium, on one adapter, as peers of each other.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromiumArguments, findChromium } from 'dl-testing/webgpu';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { absentPeer } from '../peers/process.js';
import type { Peer } from '../row.js';

/** Kernels and submits of one step. */
export interface StepCounts {
  readonly dispatches: number;
  readonly submits: number;
}

/** A library in the page. */
export interface WebPeer extends Peer {
  /** What a step of a row asks of the device; null if the library lacks the row. */
  counts(row: string): Promise<StepCounts | null>;
}

/** The page with what runs in it. */
export interface Web {
  /** The adapter that all of them use. */
  readonly adapter: string;
  readonly browser: string;
  readonly ours: WebPeer;
  readonly peers: readonly (WebPeer | Peer)[];
  close(): Promise<void>;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Each library's script; one that does not bundle is not installed. */
const libraries = {
  dl: { name: 'dl', entry: here('../src/web/page.ts') },
  tfjs: { name: 'tfjs-webgpu', entry: here('../peers/web_tfjs.mjs') },
  jax: { name: 'jax-js', entry: here('../peers/web_jax.mjs') },
} as const;
type Library = keyof typeof libraries;

async function bundle(entry: string): Promise<string | null> {
  const built = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
    external: ['node:*'],
  }).catch(() => null);
  return built?.outputFiles[0]?.text ?? null;
}

function peerIn(page: Page, library: Library, label: string): WebPeer {
  const ask = (method: string, ...given: unknown[]): Promise<unknown> =>
    page.evaluate(`bench.${library}.${method}(${given.map((x) => JSON.stringify(x)).join(', ')})`);
  /** A row that the library's device refuses is one that it lacks. */
  const tried = (method: string, ...given: unknown[]): Promise<unknown> =>
    library === 'dl' ? ask(method, ...given) : ask(method, ...given).catch(() => null);
  return {
    name: label,
    absent: null,
    time: (row, steps) =>
      tried('time', row.name, steps, row.together ?? 1) as Promise<number | null>,
    result: (row, steps) => tried('result', row.name, steps) as Promise<number[] | null>,
    counts: (row) => tried('counts', row) as Promise<StepCounts | null>,
    end: async (row) => {
      await ask('end', row.name);
    },
    close: () => {},
  };
}

/** Opens the page; why that cannot be where it cannot. */
export async function openWeb(): Promise<Web | string> {
  const executablePath = findChromium();
  if (executablePath === null) return 'no Chromium on the PATH; apt install chromium';
  const scripts = new Map<string, string | null>();
  for (const [library, { entry }] of Object.entries(libraries)) {
    scripts.set(`/${library}.js`, await bundle(entry));
  }
  const server = createServer((request, response) => {
    const script = scripts.get(request.url as string);
    const type = script == null ? 'text/html' : 'text/javascript';
    // These two headers make the page's clock a fine one.
    const headers = {
      'content-type': type,
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    };
    response.writeHead(200, headers).end(script ?? '<!doctype html><title>bench</title>');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const browser = await chromium.launch({ executablePath, args: [...chromiumArguments] });
  const close = async (): Promise<void> => {
    await browser.close();
    server.close();
  };
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const found: (WebPeer | Peer)[] = [];
    let adapter = '';
    for (const [key, { name }] of Object.entries(libraries)) {
      const library = key as Library;
      const why =
        scripts.get(`/${library}.js`) === null
          ? 'its packages are not installed; pnpm install brings them'
          : ((await page
              .evaluate(`import('/${library}.js').then(() => open_${library}()).then(() => null)`)
              .catch((e: Error) => e.message.split('\n')[0])) as string | null);
      if (why !== null) {
        if (library === 'dl') throw new Error(`bench: ours does not start in the page: ${why}`);
        found.push(absentPeer(name, why));
        continue;
      }
      const { label, on } = (await page.evaluate(
        `({ label: bench.${library}.label, on: bench.${library}.adapter })`,
      )) as { label: string; on: string };
      if (adapter !== '' && on !== adapter) {
        throw new Error(`bench: ${label} uses the adapter ${on}, ours is ${adapter}`);
      }
      adapter = on;
      found.push(peerIn(page, library, label));
    }
    const [ours, ...peers] = found as [WebPeer, ...(WebPeer | Peer)[]];
    return { adapter, browser: browser.version(), ours, peers, close };
  } catch (e) {
    await close();
    throw e;
  }
}
