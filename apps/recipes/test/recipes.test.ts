// Each recipe of the guide's page about browsers, built with the built packages and opened in Chromium.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromiumArguments, findChromium } from 'dl-testing/webgpu';
import { type Browser, chromium } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { bundle } from '../../../tools/scripts/lib/bundle.mjs';
import { linesOf } from './site.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const recipes = join(root, 'apps/recipes');
const work = mkdtempSync(join(tmpdir(), 'recipes-'));
const executablePath = findChromium();
const read = (path: string): string => readFileSync(join(recipes, path), 'utf8');

/** A recipe, built by Vite as it is with no settings of its own; the folder. */
async function built(name: string): Promise<string> {
  const outDir = join(work, name);
  await vite({
    root: join(recipes, name),
    logLevel: 'error',
    configFile: false,
    build: { outDir },
  });
  return outDir;
}

afterAll(() => rmSync(work, { recursive: true }));

it.runIf(executablePath === null)('Chromium is there', () => {
  if ((process.env.CI ?? '') !== '' && process.platform === 'linux') {
    throw new Error('No Chromium was found: install it, or name one in DL_CHROMIUM.');
  }
  console.warn('No Chromium here: the recipes of the guide are not run.');
});

describe.runIf(executablePath !== null)('in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser;
  const result = 'tensor([[20.9649]])';
  const trained = [
    'step 20: loss 0.005390',
    'step 40: loss 0.000464',
    'step 60: loss 0.000040',
    result,
  ];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath as string,
      args: [...chromiumArguments],
    });
  });
  afterAll(() => browser?.close());

  it('Vite', async () => {
    expect(await linesOf(browser, [await built('vite')], 4)).toEqual(trained);
  });

  it('webpack', async () => {
    const context = join(recipes, 'webpack');
    const path = join(work, 'webpack/dist');
    const { default: settings } = await import('../webpack/webpack.config.js');
    // The built packages: the paths of this repository's tsconfig.json are the sources.
    const resolve = { tsconfig: false };
    const compiler = webpack({ ...settings, context, resolve, output: { path } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
    expect(await linesOf(browser, [join(work, 'webpack'), context], 4)).toEqual(trained);
  });

  it('an import map', async () => {
    const lines = await linesOf(browser, [join(recipes, 'plain'), recipes], 2);
    expect(lines).toEqual([result, 'WebGPU is available']);
  });

  it.each(['@dl/core/functional', 'fflate'])('an import map without %s', async (name) => {
    const page = read('plain/index.html').replace(new RegExp(`^ *"${name}": .*\n`, 'm'), '');
    const lines = await linesOf(browser, [recipes], 1, { '/index.html': page });
    expect(lines).toEqual([
      `Failed to resolve module specifier "${name}". Relative references must start with either "/", "./", or "../".`,
    ]);
  });

  it('one file', async () => {
    const { contents, gzipped } = await bundle(root);
    const lines = await linesOf(browser, [join(recipes, 'file')], 1, { '/dl.js': contents });
    expect(lines).toEqual([result]);
    for (const folder of ['guide', 'zh']) {
      const page = readFileSync(join(root, `docs/${folder}/browser.md`), 'utf8');
      const [, said] = /(\d+) kB gzipped/.exec(page) ?? [];
      expect(Math.abs(Number(said) * 1000 - gzipped) / gzipped).toBeLessThan(0.05);
    }
  });

  it('a worker', async () => {
    expect(await linesOf(browser, [await built('worker')], 4)).toEqual(trained);
  });

  it('WebGPU, and without it', async () => {
    const folder = await built('webgpu');
    const lines = await linesOf(browser, [folder], 3);
    expect(lines.slice(0, 2)).toEqual(['on webgpu', result]);
    expect(lines[2]).toBe('bytes in use: x');
    const poor = await chromium.launch({
      executablePath: executablePath as string,
      args: [
        ...chromiumArguments.filter((arg) => !/webgpu|vulkan/i.test(arg)),
        '--disable-features=WebGPU',
        '--disable-gpu',
      ],
    });
    try {
      expect(await linesOf(poor, [folder], 2)).toEqual(['on cpu: x', result]);
    } finally {
      await poor.close();
    }
  });

  it('the console', async () => {
    const lines = await linesOf(browser, [await built('console')], 3);
    expect(lines).toEqual(['x']);
  });
});
void readdirSync;
