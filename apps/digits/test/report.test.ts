// The report: it holds what the run gave, and needs nothing beside it.
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { defaults } from '../src/cli.js';
import { judge } from '../src/evaluate.js';
import { confusionFigure, lossFigure, smooth, thin } from '../src/figures.js';
import type { Digits } from '../src/mnist.js';
import { encodePng } from '../src/png.js';
import { percent, type Run, renderReport } from '../src/report.js';
import { escapeText, linearTicks, logTicks, tickText } from '../src/svg.js';

/** Ten images, each digit once; the network takes 4 for 9 and 7 for 1, the latter with more confidence. */
function sample() {
  const digits: Digits = {
    count: 10,
    images: Uint8Array.from({ length: 7840 }, (_, i) => (i * 7) % 256),
    labels: Uint8Array.from({ length: 10 }, (_, i) => i),
  };
  const logits = new Float32Array(100);
  for (let i = 0; i < 10; i++) logits[i * 10 + i] = 5;
  logits[4 * 10 + 9] = 6;
  logits[7 * 10 + 1] = 9;
  return { digits, test: judge(logits, digits) };
}

function sampleRun(change: Partial<Run> = {}): Run {
  return {
    settings: defaults,
    trained: 60_000,
    parameters: 235_146,
    losses: Array.from({ length: 100 }, (_, i) => 2.3 * 0.97 ** i),
    stepsPerEpoch: 50,
    epochs: [
      { epoch: 1, lr: 0.03, loss: 1.25, trainAccuracy: 0.9, testAccuracy: 0.95, seconds: 12.34 },
      { epoch: 2, lr: 0.006, loss: 0.5, trainAccuracy: 0.96, testAccuracy: 0.8, seconds: 11 },
    ],
    interrupted: false,
    test: sample().test,
    ...change,
  };
}

/** Whether every tag is closed, in the right order. */
function balanced(html: string): boolean {
  const open: string[] = [];
  const empty = new Set(['meta', 'img']);
  for (const [, slash, name = '', closed] of html.matchAll(
    /<(\/?)([a-z][a-z0-9]*)(?:\s+[\w-]+="[^"<>]*")*\s*(\/?)>/gi,
  )) {
    if (slash) {
      if (open.pop() !== name) return false;
    } else if (!closed && !empty.has(name)) open.push(name);
  }
  return open.length === 0;
}

describe('judging', () => {
  it('counts predictions by digit, and lists the most confident mistakes first', () => {
    const { test } = sample();
    expect(test.accuracy).toBeCloseTo(0.8, 12);
    expect([...test.predictions]).toEqual([0, 1, 2, 3, 9, 5, 6, 1, 8, 9]);
    expect(test.confusion[4]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(test.confusion[7]?.[1]).toBe(1);
    expect(test.mistakes.map(({ index, label, predicted }) => [index, label, predicted])).toEqual([
      [7, 7, 1],
      [4, 4, 9],
    ]);
    const four = test.mistakes[1];
    expect(four?.confidence).toBeCloseTo(Math.exp(6) / (Math.exp(6) + Math.exp(5) + 8), 6);
  });
});

describe('the report', () => {
  const { digits } = sample();
  const html = renderReport(sampleRun(), digits);

  it('says how the run went', () => {
    expect(html).toContain(
      '<strong>80.00%</strong> of 10 test images classified correctly, 2 wrong',
    );
    expect(html).toContain('784 – 256 – 128 – 10, ReLU between, 235,146 parameters');
    expect(html).toContain('SGD, learning rate 0.03, momentum 0.9');
    expect(html).toContain('<td>2</td><td>0.006</td><td>0.5000</td><td>96.00%</td>');
    expect(html).toContain('<td>12.3 s</td>');
  });

  it('shows the loss, the confusion and the mistakes', () => {
    expect(html).toContain('<title>The loss of each training step</title>');
    expect(html).toContain('>step</text>');
    expect(html).toContain('>end of epoch 2</text>');
    expect(html).toContain('>predicted digit</text>');
    expect(html).toContain('alt="test image 7: predicted 1, actual 7"');
    expect(html.match(/<img /g)).toHaveLength(2);
    expect(html.indexOf('image 7:')).toBeLessThan(html.indexOf('image 4:'));
  });

  it('is well formed and needs nothing from elsewhere', () => {
    expect(balanced(html)).toBe(true);
    expect(html).not.toMatch(/<script|<link|@import|url\(/);
    const addresses = [...html.matchAll(/(?:src|href|xmlns)="([^"]*)"/g)].map(([, a]) => a ?? '');
    for (const address of addresses) {
      expect(address).toMatch(/^(data:image\/png;base64,|http:\/\/www\.w3\.org\/2000\/svg$)/);
    }
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('holds the pictures themselves, ink dark on paper', () => {
    const [, data = ''] = /data:image\/png;base64,([^"]*)"/.exec(html) ?? [];
    const png = Buffer.from(data, 'base64');
    expect(png.readUInt32BE(16)).toBe(28);
    const length = png.readUInt32BE(33);
    const rows = inflateSync(png.subarray(41, 41 + length));
    expect(rows[1 + 3]).toBe(255 - digits.images[7 * 784 + 3]);
    expect(rows[29 + 1]).toBe(255 - digits.images[7 * 784 + 28]);
  });

  it('of an interrupted run says so, and has no test', () => {
    const part = renderReport(
      sampleRun({ interrupted: true, test: null, epochs: [], losses: [2.3, 2.2] }),
      digits,
    );
    expect(part).toContain('The training was interrupted after 2 of 100 steps.');
    expect(part).toContain('not tested');
    expect(part).not.toContain('What was taken for what');
    expect(balanced(part)).toBe(true);
    expect(part).not.toMatch(/NaN|undefined|Infinity/);
    const none = renderReport(sampleRun({ interrupted: true, test: null, losses: [] }), digits);
    expect(none).not.toContain('<svg');
  });

  it('bears outputs that are not numbers', () => {
    const test = judge(new Float32Array(100).fill(Number.NaN), digits);
    expect(test.accuracy).toBeCloseTo(0.1, 12);
    expect(test.mistakes).toHaveLength(9);
    expect(renderReport(sampleRun({ test }), digits)).not.toContain('NaN');
  });

  it('does not take words for markup', () => {
    const settings = { ...defaults, device: '<b onload="x">&\'' };
    const page = renderReport(sampleRun({ settings }), digits);
    expect(page).toContain('&lt;b onload=&quot;x&quot;&gt;&amp;&#39;');
    expect(page).not.toContain('<b ');
    expect(escapeText('a < b')).toBe('a &lt; b');
  });
});

describe('the figures', () => {
  it('stay small for long runs and bear losses that are not numbers', () => {
    const long = Array.from({ length: 200_000 }, (_, i) => 1 / (1 + i));
    expect(lossFigure(long, 938).length).toBeLessThan(80_000);
    for (const losses of [[Number.NaN], [0], [1, Number.NaN, 2], [1], [1, 1], [1e30, 1e-30]]) {
      const figure = lossFigure(losses, 2);
      expect(figure).not.toMatch(/NaN|undefined|Infinity/);
      expect(balanced(figure)).toBe(true);
    }
  });

  it('thin and smooth without a shift', () => {
    expect(thin([1, 2, 3, 4, 5], 2)).toEqual([
      [1, 2],
      [3.5, 4.5],
    ]);
    expect(thin([1, 2, 3], 3)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
    ]);
    expect(smooth([4, 4, 4], 10)).toEqual([4, 4, 4]);
    expect(smooth([0, 1], 2)[1]).toBeCloseTo(1 / 1.5, 12);
  });

  it('have round ticks', () => {
    expect(linearTicks(2814, 7)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
    expect(linearTicks(10, 7)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(logTicks(0.03, 2.5)).toEqual([0.05, 0.1, 0.2, 0.5, 1, 2]);
    expect(logTicks(0.5, 2e4)).toEqual([1, 10, 100, 1000, 10_000]);
    expect(logTicks(1, 1e30).map(tickText)).toEqual(
      '1 10000 1e8 1e12 1e16 1e20 1e24 1e28'.split(' '),
    );
  });

  it('bear a confusion of nothing', () => {
    const none = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
    expect(confusionFigure(none)).not.toMatch(/NaN/);
  });

  it('round accuracies down', () => {
    expect(percent(0.9699)).toBe('96.99%');
    expect(percent(0.96999)).toBe('96.99%');
    expect(percent(0.97)).toBe('97.00%');
    expect(percent(1)).toBe('100.00%');
    expect(percent(9999.9 / 10_000)).toBe('99.99%');
    for (let right = 0; right <= 10_000; right++) {
      expect(percent(1 - (10_000 - right) / 10_000)).toBe(`${(right / 100).toFixed(2)}%`);
    }
  });

  it('hold valid PNG chunks', () => {
    const png = Buffer.from(encodePng(Uint8Array.of(1, 2, 3, 4, 5, 6), 3, 2));
    expect(png.toString('latin1', 12, 16)).toBe('IHDR');
    expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082');
  });
});
