// Each recipe of the guide's page about browsers, built with the built packages and opened in Chromium.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { hasTurn } from 'dl-testing/sampling';
import { chromiumArguments, chromiumForTests } from 'dl-testing/webgpu';
import { type Browser, chromium } from 'playwright-core';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { bundle } from '../../../tools/scripts/lib/bundle.mjs';
import { linesOf } from './site.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const recipes = join(root, 'apps/recipes');
const work = mkdtempSync(join(tmpdir(), 'recipes-'));
const executablePath = chromiumForTests('the recipes of the guide');
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

const pages = ['guide', 'zh'].map((folder) =>
  readFileSync(join(root, `docs/${folder}/browser.md`), 'utf8'),
);

/** The code on a page. */
const codeOf = (page: string): string[] =>
  [...page.matchAll(/^```(?!sh|text)\w[^\n]*\n([\s\S]*?)^```$/gm)].map(
    ([, code]) => code as string,
  );

/** Files of the recipes, without those that a page has once for several. */
const files = readdirSync(recipes, { recursive: true, encoding: 'utf8' })
  .filter((name) => /^(?!node_modules|test)[a-z]+\/.*\.(html|js|tsx?)$/.test(name))
  .filter((name) => !/^(worker|webgpu|console)\/index\.html$/.test(name))
  // The program is that for Vite, and the layout is that of every application.
  .filter((name) => name !== 'webpack/src/index.js' && name !== 'next/app/layout.tsx');

describe('the page', () => {
  it.each([0, 1])('has the code of the recipes, in language %i', (language) => {
    const code = codeOf(pages[language] as string);
    expect(code.length).toBeGreaterThan(10);
    expect([...code].sort()).toEqual(files.map(read).sort());
  });

  it('says once what several recipes have', () => {
    expect(read('webpack/src/index.js')).toBe(read('vite/main.ts'));
    for (const name of ['worker', 'webgpu', 'console']) {
      expect(read(`${name}/index.html`)).toBe(read('vite/index.html'));
    }
  });
});

afterAll(() => rmSync(work, { recursive: true }));

describe.runIf(executablePath !== null)('in Chromium', { timeout: 60_000 }, () => {
  let browser: Browser;
  const result = 'tensor([[20.9637]])';
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

  // Half of the time of all.
  it.runIf(hasTurn('recipes: webpack', 3, 0))('webpack', async () => {
    const context = join(recipes, 'webpack');
    const path = join(work, 'webpack/dist');
    const { default: settings } = await import(
      pathToFileURL(join(context, 'webpack.config.js')).href
    );
    // The built packages: the paths of this repository's tsconfig.json are the sources.
    const resolve = { tsconfig: false };
    const compiler = webpack({ ...settings, context, resolve, output: { path } });
    const stats = await promisify(compiler.run.bind(compiler))();
    await promisify(compiler.close.bind(compiler))();
    expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
    expect(await linesOf(browser, [join(work, 'webpack'), context], 4)).toEqual(trained);
  });

  it('an import map', async () => {
    const page = `${read('plain/index.html')}<script>console.log(crossOriginIsolated)</script>`;
    const lines = await linesOf(browser, [recipes], 3, { '/index.html': page });
    // Without cross-origin isolation, too.
    expect(lines).toEqual(['false', result, 'WebGPU is available']);
  });

  it.each(['@dl/core/functional', 'fflate'])('an import map without %s', async (name) => {
    const page = read('plain/index.html').replace(new RegExp(`^ *"${name}": .*\n`, 'm'), '');
    const lines = await linesOf(browser, [recipes], 1, { '/index.html': page });
    expect(lines).toEqual([
      `Failed to resolve module specifier "${name}". Relative references must start with either "/", "./", or "../".`,
    ]);
  });

  it('one file', async () => {
    const { contents, bytes, gzipped } = await bundle(root);
    const lines = await linesOf(browser, [join(recipes, 'file')], 1, { '/dl.js': contents });
    expect(lines).toEqual([result]);
    for (const page of pages) {
      const [, all, small] = /(\d+) kB[,，]\s*(\d+) kB gzipped/.exec(page) ?? [];
      expect(Math.abs(Number(all) * 1000 - bytes) / bytes).toBeLessThan(0.05);
      expect(Math.abs(Number(small) * 1000 - gzipped) / gzipped).toBeLessThan(0.05);
    }
  });

  it('a worker', async () => {
    expect(await linesOf(browser, [await built('worker')], 4)).toEqual(trained);
  });

  it('WebGPU, and without it', async () => {
    const folder = await built('webgpu');
    const lines = await linesOf(browser, [folder], 3);
    expect(lines.slice(0, 2)).toEqual(['on webgpu', result]);
    expect(Number(/^bytes in use: (\d+)$/.exec(lines[2] as string)?.[1])).toBeLessThan(1000);
    const poor = await chromium.launch({
      executablePath: executablePath as string,
      args: [
        ...chromiumArguments.filter((arg) => !/webgpu|vulkan/i.test(arg)),
        '--disable-gpu',
        '--host-resolver-rules=MAP insecure.test 127.0.0.1',
      ],
    });
    try {
      expect(await linesOf(poor, [folder], 3)).toEqual([
        // Chromium's own.
        'No available adapters.',
        'on cpu: no adapter was found; a driver for Vulkan, Metal or Direct3D 12 is needed',
        result,
      ]);
      expect(await linesOf(poor, [folder], 2, {}, 'insecure.test')).toEqual([
        'on cpu: this browser has no WebGPU, or the page is not served over https',
        result,
      ]);
    } finally {
      await poor.close();
    }
  });

  it('the console', async () => {
    const lines = await linesOf(browser, [await built('console')], 3);
    const page = readFileSync(join(root, 'docs/guide/browser.md'), 'utf8');
    expect(page).toContain(`\`\`\`text\n${lines.join('\n')}\n\`\`\``);
  });
});
