// How often the page shows something new while it trains: measured alone, since other work slows it.
import { chromiumForTests } from 'dl-testing/webgpu';
import { expect, it } from 'vitest';
import { startChromium } from './chromium.js';
import { Playground } from './playground.js';
import { serve } from './site.js';

const path = chromiumForTests('the measurement of frames');

it.runIf(path !== null)(
  'shows frames at the rate of the screen while it trains',
  async () => {
    const site = await serve();
    const browser = await startChromium(path as string);
    try {
      const app = await Playground.open(browser, site.url);
      await app.button('Play').click();
      await app.beyond(10);
      // What changes on the page counts, not that frames pass.
      const shown = await app.page.evaluate(
        () =>
          new Promise<{ frames: number; changes: number }>((resolve) => {
            const place = document.querySelector('#figure-step') as HTMLElement;
            const end = performance.now() + 3000;
            let [frames, changes, last] = [0, 0, ''];
            const look = (now: number): void => {
              frames++;
              const text = place.textContent ?? '';
              if (text !== last) changes++;
              last = text;
              if (now < end) requestAnimationFrame(look);
              else resolve({ frames: frames / 3, changes: changes / 3 });
            };
            requestAnimationFrame(look);
          }),
      );
      const { frames, changes } = shown;
      console.info(
        `playground: ${frames.toFixed(1)} frames a second, ${changes.toFixed(1)} of them with a new step`,
      );
      // A shared machine without a GPU is slower than a user's; it must be a film all the same.
      expect(changes).toBeGreaterThan(10);
      await app.close();
    } finally {
      await browser.close();
      await site.close();
    }
  },
  120_000,
);
