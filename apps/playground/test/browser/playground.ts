// The page in a browser, for the tests: opened, clicked, and read.
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Milliseconds within which the page has to do something. */
export const SOON = 15_000;

/** The playground, open in a page of its own. */
export class Playground {
  readonly page: Page;
  /** Errors of the page and of its console. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(SOON);
    page.on('pageerror', (error) => this.errors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
    page.on('requestfailed', (request) => this.errors.push(`failed: ${request.url()}`));
  }

  /** Opens the page and waits until the training stands at its beginning. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
  ): Promise<Playground> {
    const viewport = { width: 1280, height: 900 };
    const context = await browser.newContext({ viewport, acceptDownloads: true, ...options });
    const playground = new Playground(await context.newPage());
    await playground.page.goto(url);
    await playground.atStep(0);
    return playground;
  }

  /** Closes the page; what went wrong on it is a failure. */
  async close(): Promise<void> {
    await this.page.context().close();
    expect(this.errors).toEqual([]);
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true });
  }

  async text(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? '';
  }

  /** The number that one of the figures in the bar shows; the loss as the page writes it. */
  async figure(name: 'step' | 'epoch' | 'train' | 'test' | 'right'): Promise<number> {
    return Number.parseFloat((await this.text(`#figure-${name}`)).replaceAll(',', ''));
  }

  /** Waits until the page stands at a step, shown and said. */
  async atStep(step: number): Promise<void> {
    const said = step === 1 ? 'After 1 step:' : `After ${step} steps:`;
    await this.page.waitForFunction(
      (start) => document.querySelector('#status')?.textContent?.startsWith(start),
      said,
    );
    await expect.poll(() => this.figure('step'), { timeout: SOON }).toBe(step);
  }

  /** Waits until a playing training has got as far as `steps`. */
  async beyond(steps: number): Promise<void> {
    await expect
      .poll(() => this.figure('step'), { timeout: 4 * SOON, interval: 30 })
      .toBeGreaterThan(steps);
  }

  /** Presses Step `count` times, and gives what is said after each: the step and both losses. */
  async steps(count: number): Promise<string[]> {
    const said: string[] = [];
    for (let i = 0; i < count; i++) {
      const before = await this.figure('step');
      await this.button('Step').click();
      await this.atStep(before + 1);
      said.push(await this.text('#status'));
    }
    return said;
  }

  /** Presses Reset and waits for the beginning. */
  async reset(): Promise<void> {
    await this.button('Reset').click();
    await this.atStep(0);
  }

  /** Drags the mouse along a line through places of an element, from 0 to 1. */
  async draw(selector: string, places: readonly (readonly [number, number])[]): Promise<void> {
    const { page } = this;
    await page.locator(selector).scrollIntoViewIfNeeded();
    const box = await page.locator(selector).boundingBox();
    if (box === null) throw new Error(`${selector} is not to be seen`);
    const at = ([x, y]: readonly [number, number]) =>
      [box.x + x * box.width, box.y + y * box.height] as const;
    await page.mouse.move(...at(places[0]));
    await page.mouse.down();
    for (const place of places.slice(1)) await page.mouse.move(...at(place), { steps: 12 });
    await page.mouse.up();
  }

  /** A number that changes when a picture does. */
  picture(selector: string): Promise<number> {
    return this.page.$eval(selector, (canvas) => {
      const { width, height } = canvas as HTMLCanvasElement;
      const context = (canvas as HTMLCanvasElement).getContext('2d') as CanvasRenderingContext2D;
      return context
        .getImageData(0, 0, width, height)
        .data.reduce((hash, value) => (Math.imul(hash, 31) + value) | 0, 7);
    });
  }
}
