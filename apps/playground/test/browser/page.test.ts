// The page in a real Chromium, with real clicks. Errors on its console fail the tests.
import { readFileSync } from 'node:fs';
import { Tensor } from '@dl/core';
import { load } from '@dl/io';
import { hasTurn } from 'dl-testing/sampling';
import { chromiumForTests } from 'dl-testing/webgpu';
import type { Browser, Download } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChromium } from './chromium.js';
import { Playground, SOON } from './playground.js';
import { type Site, serve } from './site.js';

const own = readFileSync(new URL('../../src/assets/digits.pth', import.meta.url));

const path = chromiumForTests('the tests of the playground in a browser');

/** Of the long ones, a third at each commit, in turn. */
const inTurn = (turn: 0 | 1 | 2, name: string, test: () => Promise<void>): void => {
  it.runIf(hasTurn(`playground: ${name}`, 3, turn))(name, test);
};

/** A saved file as the browser handed it over. */
async function bytesOf(download: Download): Promise<Uint8Array> {
  return new Uint8Array(readFileSync(await download.path()));
}

describe.runIf(path !== null)('the page', { timeout: 120_000 }, () => {
  let site: Site;
  let browser: Browser;
  let url = '';

  beforeAll(async () => {
    site = await serve();
    url = site.url;
    browser = await startChromium(path as string);
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  it('plays: the loss falls, pictures change; pauses: nothing changes', async () => {
    const app = await Playground.open(browser, url);
    const first = await app.figure('train');
    const pictures = ['#boundary', '#loss', '#network'];
    const before = await Promise.all(pictures.map((name) => app.picture(name)));
    await app.button('Play').click();
    await app.beyond(300);
    await app.button('Pause').click();
    await app.page.waitForFunction(() =>
      document.querySelector('#status')?.textContent?.startsWith('After'),
    );
    // The slice of steps that was under way may still be shown, a frame later.
    await app.page.waitForTimeout(300);
    const step = await app.figure('step');
    expect(await app.figure('train')).toBeLessThan(0.6 * first);
    expect(await app.figure('epoch')).toBeGreaterThan(10);
    const after = await Promise.all(pictures.map((name) => app.picture(name)));
    after.forEach((picture, i) => {
      expect(picture, pictures[i]).not.toBe(before[i]);
    });
    await app.page.waitForTimeout(300);
    expect(await app.figure('step')).toBe(step);
    await app.close();
  });

  inTurn(1, 'steps, and with the same seed takes the same steps again', async () => {
    const app = await Playground.open(browser, url);
    const begun = await app.text('#status');
    const once = await app.steps(8);
    await app.reset();
    expect(await app.text('#status')).toBe(begun);
    expect(await app.steps(8)).toEqual(once);
    expect(new Set(once.map((said) => said.replace(/^.*train/, ''))).size).toBeGreaterThan(4);
    await app.page.getByLabel('Seed', { exact: true }).fill('7');
    await app.page.keyboard.press('Enter');
    await expect.poll(() => app.text('#status'), { timeout: SOON }).not.toBe(once.at(-1));
    await app.atStep(0);
    expect(await app.steps(8)).not.toEqual(once);
    await app.close();
  });

  inTurn(0, 'takes changes of data, layers, activation, optimizer and learning rate', async () => {
    const app = await Playground.open(browser, url);
    const { page } = app;
    const begin = async (change: () => Promise<unknown>): Promise<void> => {
      await app.steps(1);
      await change();
      await app.atStep(0);
    };
    for (const name of ['Points', 'Flower', 'Spirals', 'Iris', 'Circles']) {
      const before = await app.picture('#boundary');
      await begin(() => page.getByLabel(name, { exact: true }).check());
      await expect.poll(() => app.picture('#boundary'), { timeout: SOON }).not.toBe(before);
    }
    await begin(() => page.getByLabel('Activation').selectOption('ReLU'));
    expect(await app.text('#code')).toContain('new ReLU()');
    await begin(() => page.getByLabel('Optimizer').selectOption('adam'));
    await begin(() => page.getByLabel('Learning rate').selectOption('0.01'));
    expect(await app.text('#code')).toContain('new Adam(model.parameters(), { lr: 0.01 })');
    await begin(() => app.button('Add a layer').click());
    expect(await page.locator('#layers input').count()).toBe(3);
    await begin(async () => {
      await page.getByLabel('Units of hidden layer 3').fill('6');
      await page.keyboard.press('Tab');
    });
    expect(await app.text('#code')).toContain('new Linear(4, 6)');
    await begin(() => page.getByLabel('Remove hidden layer 1').click());
    expect(await app.text('#code')).toContain('new Linear(2, 4)');
    const begun = await app.figure('train');
    await app.button('Play').click();
    await app.beyond(200);
    expect(await app.figure('train')).toBeLessThan(begun);
    await app.close();
  });

  inTurn(2, 'learns from points that are drawn', async () => {
    const app = await Playground.open(browser, url);
    const { page } = app;
    await page.getByLabel('Drawn', { exact: true }).check();
    await expect.poll(() => app.text('#status'), { timeout: SOON }).toContain('No training points');
    await app.button('Step').click();
    await page.getByText('draw some points').waitFor();
    await app.draw('#boundary', [
      [0.2, 0.2],
      [0.35, 0.8],
    ]);
    await page.getByLabel('class 1', { exact: true }).check();
    await app.draw('#boundary', [
      [0.8, 0.2],
      [0.7, 0.8],
    ]);
    await app.atStep(0);
    const code = await app.text('#code');
    expect(code.match(/, 0\],/g)?.length).toBeGreaterThan(3);
    expect(code.match(/, 1\],/g)?.length).toBeGreaterThan(3);
    await app.button('Play').click();
    await app.beyond(100);
    await expect.poll(() => app.figure('train'), { timeout: SOON }).toBeLessThan(0.3);
    await app.close();
  });

  inTurn(0, 'is operated by the keyboard alone', async () => {
    const app = await Playground.open(browser, url);
    const { page } = app;
    const focus = (): Promise<string> =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent || '');
    await page.keyboard.press('Tab');
    expect(await focus()).toContain('Skip');
    await page.keyboard.press('Tab');
    expect(await focus()).toBe('play');
    await page.keyboard.press('Space');
    await app.beyond(20);
    await page.keyboard.press('Space');
    await expect.poll(() => app.text('#play'), { timeout: SOON }).toBe('Play');
    await page.keyboard.press('Tab');
    expect(await focus()).toBe('step');
    // Where the focus is must be to be seen.
    const outline = await page.$eval('#step', (step) => getComputedStyle(step).outlineStyle);
    expect(outline).toBe('solid');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await app.atStep(0);
    // The data sets are one stop, and arrow keys choose among them.
    await page.locator('input[name="data"]:checked').focus();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('input[name="data"]:checked').inputValue()).toBe('spirals');
    await app.atStep(0);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('input[name="data"]:checked').inputValue()).toBe('drawn');
    await page.locator('#boundary').focus();
    for (const key of ['ArrowLeft', 'ArrowLeft', 'Enter', '2', 'ArrowRight', 'Enter']) {
      await page.keyboard.press(key);
    }
    await expect.poll(() => app.text('#code'), { timeout: SOON }).toContain('[-0.05, 0, 1]');
    expect(await app.text('#code')).toContain('[-0.1, 0, 0]');
    // And a digit: the pen down, a line to the bottom.
    await page.locator('#digit').focus();
    await page.keyboard.press('Space');
    for (let i = 0; i < 5; i++) await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => app.text('#digit-result'), { timeout: SOON }).toContain('a 1.');
    await app.close();
  });

  inTurn(1, 'reads digits that are drawn with the mouse', async () => {
    const app = await Playground.open(browser, url);
    const said = (digit: number) =>
      expect.poll(() => app.text('#digit-result'), { timeout: SOON }).toContain(`a ${digit}.`);
    await app.draw('#digit', [
      [0.3, 0.2],
      [0.7, 0.2],
      [0.45, 0.85],
    ]);
    await said(7);
    await app.button('Clear').click();
    await expect.poll(() => app.text('#digit-result'), { timeout: SOON }).toContain('Nothing');
    const ring = Array.from({ length: 25 }, (_, i): [number, number] => {
      const angle = (i / 24) * 2 * Math.PI;
      return [0.5 + 0.2 * Math.sin(angle), 0.5 - 0.32 * Math.cos(angle)];
    });
    await app.draw('#digit', ring);
    await said(0);
    const shares = await app.page.locator('#digit-bars .share').allTextContents();
    const sum = shares.reduce((total, share) => total + Number.parseFloat(share), 0);
    expect(Math.abs(sum - 100)).toBeLessThan(1);
    await app.close();
  });

  inTurn(
    0,
    'opens a digits model from a file, and refuses other files with a sentence',
    async () => {
      const app = await Playground.open(browser, url);
      const { page } = app;
      const file = (name: string, buffer: Buffer) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer,
      });
      const open = page.locator('#digit-file');
      await open.setInputFiles(file('mine.pth', own));
      await page.getByText('mine.pth, 784–64–10').waitFor();
      await app.draw('#digit', [
        [0.5, 0.15],
        [0.5, 0.85],
      ]);
      await expect.poll(() => app.text('#digit-result'), { timeout: SOON }).toContain('a 1.');
      await open.setInputFiles(file('broken.pth', own.subarray(0, 5000)));
      await page.getByText('broken.pth could not be read as a .pth file').waitFor();
      const waiting = page.waitForEvent('download');
      await app.button('Download model (.pth)').click();
      const other = Buffer.from(await bytesOf(await waiting));
      await open.setInputFiles(file('other.pth', other));
      await page.getByText('with 2 inputs instead of 784').waitFor();
      await app.close();
    },
  );

  inTurn(1, 'takes a file that is dropped', async () => {
    const app = await Playground.open(browser, url);
    const { page } = app;
    const data = await page.evaluateHandle(
      (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.pth'));
        return transfer;
      },
      [...own],
    );
    await page.dispatchEvent('#boundary', 'dragover', { dataTransfer: data });
    await page.dispatchEvent('#boundary', 'drop', { dataTransfer: data });
    await page.getByText('dropped.pth, 784–64–10').waitFor();
    await app.close();
  });

  inTurn(0, 'hands the model over as a file that loads again', async () => {
    const app = await Playground.open(browser, url);
    await app.steps(3);
    const waiting = app.page.waitForEvent('download');
    await app.button('Download model (.pth)').click();
    const download = await waiting;
    expect(download.suggestedFilename()).toBe('circles-step-3.pth');
    const state = (await load(await bytesOf(download))) as Record<string, Tensor>;
    const shapes = Object.entries(state).map(([name, value]) => [name, [...value.shape]]);
    expect(Object.values(state).every((value) => value instanceof Tensor)).toBe(true);
    expect(shapes).toEqual([
      ['0.weight', [8, 2]],
      ['0.bias', [8]],
      ['2.weight', [4, 8]],
      ['2.bias', [4]],
      ['4.weight', [2, 4]],
      ['4.bias', [2]],
    ]);
    await app.close();
  });

  inTurn(2, 'trains on WebGPU with the losses of the CPU', async () => {
    const app = await Playground.open(browser, url);
    const { page } = app;
    const losses = (said: string[]): number[] =>
      said.map((text) => Number(/train loss ([\d.e-]+\d)/.exec(text)?.[1]));
    const onCpu = losses(await app.steps(10));
    const device = page.getByLabel('WebGPU', { exact: true });
    expect(await device.isEnabled()).toBe(true);
    await device.check();
    await app.atStep(0);
    expect(await app.text('#code')).toContain('await webgpu.init();');
    const onGpu = losses(await app.steps(10));
    onGpu.forEach((loss, i) => {
      // Four digits are shown.
      expect(Math.abs(loss - onCpu[i]), `step ${i + 1}`).toBeLessThan(2e-4);
    });
    await app.button('Play').click();
    await app.beyond(60);
    await app.button('Pause').click();
    expect(await page.locator('#problem').isHidden()).toBe(true);
    const waiting = page.waitForEvent('download');
    await app.button('Download model (.pth)').click();
    expect(Object.keys((await load(await bytesOf(await waiting))) as object)).toHaveLength(6);
    await app.close();
  });

  inTurn(2, 'fits a phone, and in the dark', async () => {
    const app = await Playground.open(browser, url, {
      viewport: { width: 375, height: 700 },
      hasTouch: true,
      isMobile: true,
      colorScheme: 'dark',
    });
    const { page } = app;
    const width = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth);
    for (const name of ['Iris', 'Drawn', 'Spirals']) {
      await page.getByLabel(name, { exact: true }).check();
      expect(await width(), name).toBe(375);
    }
    await page.getByText('Weights and gradients in numbers').click();
    expect(await width()).toBe(375);
    // Light text on a dark ground, and what is drawn follows.
    const brightness = (selector: string, property: 'color' | 'backgroundColor') =>
      page.$eval(
        selector,
        (element, name) => {
          const [r, g, b] = (getComputedStyle(element)[name].match(/\d+/g) ?? []).map(Number);
          return (r + g + b) / 3;
        },
        property,
      );
    expect(await brightness('body', 'backgroundColor')).toBeLessThan(60);
    expect(await brightness('body', 'color')).toBeGreaterThan(200);
    const dark = await app.picture('#network');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await brightness('body', 'backgroundColor')).toBeGreaterThan(200);
    await expect.poll(() => app.picture('#network'), { timeout: SOON }).not.toBe(dark);
    await page.getByRole('button', { name: 'Play', exact: true }).tap();
    await app.beyond(20);
    // The longest figure, the speed, is there only now.
    await expect.poll(() => app.text('#figure-speed'), { timeout: SOON }).toContain('fps');
    expect(await width()).toBe(375);
    await app.close();
  });

  inTurn(1, 'says that there is no WebGPU and goes on with the CPU', async () => {
    const poor = await startChromium(path as string, 'webgpu');
    try {
      const app = await Playground.open(poor, url);
      await expect
        .poll(() => app.text('#device-about'), { timeout: SOON })
        .toContain('WebGPU is not available');
      expect(await app.page.getByLabel('WebGPU', { exact: true }).isDisabled()).toBe(true);
      expect(await app.page.getByLabel('CPU', { exact: true }).isChecked()).toBe(true);
      await app.button('Play').click();
      await app.beyond(50);
      await app.close();
    } finally {
      await poor.close();
    }
  });
});
