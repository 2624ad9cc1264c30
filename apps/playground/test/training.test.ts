// The training: what it learns, that it repeats, and that the program shown does the very same.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from '@dl/io';
import { drawn as drawnOf, sampleOf } from 'dl-testing/sampling';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { modelFile } from '../src/files/model-files.js';
import { codeText } from '../src/shared/code-text.js';
import { defaults, type Settings } from '../src/shared/settings.js';
import { plainState } from '../src/worker/plain-state.js';
import { Observer } from '../src/worker/snapshot.js';
import { Trainer } from '../src/worker/trainer.js';

/** Below the app, so that the program finds the packages that it imports. */
const cache = fileURLToPath(new URL('../.cache/', import.meta.url));
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, 'programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

const drawn = Array.from({ length: 30 }, (_, i) => ({
  x: Math.round(Math.cos(i) * 500) / 1000,
  y: Math.round(Math.sin(3 * i) * 500) / 1000,
  kind: i % 3,
}));

const cases: Record<string, Partial<Settings>> = {
  circles: {},
  'points, no hidden layer, gradient descent': {
    data: 'points',
    hidden: [],
    optimizer: 'sgd',
    lr: 0.3,
    seed: 7,
  },
  'flower, Adam': { data: 'flower', optimizer: 'adam', lr: 0.01, activation: 'ReLU' },
  'spirals, GELU': { data: 'spirals', activation: 'GELU', hidden: [16, 16], batchSize: 32 },
  'iris, Sigmoid': { data: 'iris', activation: 'Sigmoid', batchSize: 8 },
  'drawn, three classes': { data: 'drawn', drawn, batchSize: 4 },
};

/** Trains as many epochs, and gives the losses after each as the program prints them. */
async function lossesOf(trainer: Trainer, epochs: number): Promise<number[][]> {
  const observer = new Observer(trainer, 0);
  const perEpoch = Math.ceil(trainer.data.train.x.shape[0] / trainer.settings.batchSize);
  const losses: number[][] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = 0; i < perEpoch; i++) trainer.advance();
    const { trainLoss, testLoss } = await observer.look();
    losses.push([trainLoss, testLoss as number]);
  }
  return losses;
}

describe('the program that is shown', () => {
  // A third of them at each commit, in turn.
  it.each(drawnOf(sampleOf(3), Object.entries(cases)))(
    'does what the page does: %s',
    async (name, changes) => {
      const settings: Settings = { ...defaults, ...changes };
      const path = join(folder, `${name.replace(/\W+/g, '-')}.ts`);
      const model = join(folder, `${name.replace(/\W+/g, '-')}.pth`);
      const text = codeText(settings);
      expect(text).toContain("'model.pth'");
      writeFileSync(path, text.replace("'model.pth'", JSON.stringify(model)));
      const log = vi.spyOn(console, 'log').mockImplementation(() => {});
      let lines: string[];
      try {
        await import(path);
        lines = log.mock.calls.map(([line]) => String(line));
      } finally {
        log.mockRestore();
      }
      const trainer = new Trainer(settings);
      const losses = await lossesOf(trainer, 100);
      expect(lines).toEqual(
        losses.map(([train, test], i) => `epoch ${i + 1}: train ${train}, test ${test}`),
      );
      const [saved, shown] = [await load(readFileSync(model)), trainer.model.stateDict()];
      expect(Object.keys(saved as object)).toEqual(Object.keys(shown));
      const own = await load<typeof shown>(await modelFile(await plainState(trainer.model)));
      for (const [key, value] of Object.entries(saved as typeof shown)) {
        expect(value.equal(own[key])).toBe(true);
      }
    },
  );
});

describe('a training', () => {
  it('learns circles', async () => {
    const trainer = new Trainer(defaults);
    const losses = await lossesOf(trainer, 100);
    expect(losses[0][0]).toBeGreaterThan(0.5);
    expect(losses.at(-1)?.[0]).toBeLessThan(0.1);
  });
});
