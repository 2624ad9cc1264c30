// Bars around loops: what is written where, and that nothing is where nothing should be.
import { arange, ValueError } from '@dl/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DataLoader, type ProgressOptions, progress, TensorDataset } from '../src/index.js';

let now = 0;
beforeEach(() => {
  now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.stubEnv('CI', '');
  vi.stubEnv('NO_PROGRESS', '');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** What a loop writes in which every item takes so many milliseconds. */
function written(
  items: Iterable<unknown>,
  ms: number,
  options: ProgressOptions = {},
  isTTY = true,
) {
  const texts: string[] = [];
  const output = { isTTY, columns: 60, write: (text: string) => texts.push(text) };
  for (const _ of progress(items, { output, ...options })) now += ms;
  return texts;
}

describe('progress', () => {
  it('draws one line of a terminal again and again', () => {
    const texts = written([1, 2, 3, 4], 1000, { label: 'epoch 1' });
    expect(texts).toEqual([
      '\r\u001b[Kepoch 1  25% █████░░░░░░░░░░░░░ 1/4 [00:01<00:03, 1.0 it/s]',
      '\r\u001b[Kepoch 1  50% █████████░░░░░░░░░ 2/4 [00:02<00:02, 1.0 it/s]',
      '\r\u001b[Kepoch 1  75% ██████████████░░░░ 3/4 [00:03<00:01, 1.0 it/s]',
      '\r\u001b[Kepoch 1 100% ██████████████████ 4/4 [00:04<00:00, 1.0 it/s]',
      '\r\u001b[Kepoch 1 100% ██████████████████ 4/4 [00:04<00:00, 1.0 it/s]',
      '\n',
    ]);
    // A column of the 60 stays free, behind which some terminals wrap.
    expect(texts[0].replace('\r\u001b[K', '')).toHaveLength(59);
  });

  it('draws at most ten times a second', () => {
    expect(written(Array(1000).fill(0), 1).length).toBe(10 + 2);
  });

  it('counts where there is no total, and takes one', () => {
    function* items(): Generator<number> {
      yield* [1, 2];
    }
    expect(written(items(), 2000, { unit: 'batch' })[0]).toBe(
      '\r\u001b[K1 batch [00:02, 2.0 s/batch]',
    );
    expect(written(items(), 2000, { total: 2 })[0]).toContain('1/2');
    expect(() => progress([1], { total: -1 })).toThrow(ValueError);
    const both = { output: process.stderr, element: { textContent: '' } };
    expect(() => progress([1], both)).toThrow('output and element are both given');
    expect(() => progress([1], { element: {} as never })).toThrow('an element of a page');
  });

  it('writes few plain lines where there is no terminal', () => {
    expect(written(Array(25).fill(0), 1000, {}, false)).toEqual([
      '40% 10/25 [00:10<00:15, 1.0 it/s]\n',
      '80% 20/25 [00:20<00:05, 1.0 it/s]\n',
      '100% 25/25 [00:25<00:00, 1.0 it/s]\n',
    ]);
    expect(written(Array(25).fill(0), 10, {}, false)).toEqual([]);
  });

  it('gives the items themselves where nothing is shown', () => {
    const items = [1, 2];
    const output = { write: () => expect.fail('must not write') };
    expect(progress(items, { disable: true })).toBe(items);
    vi.spyOn(process, 'stderr', 'get').mockReturnValue(output as never);
    expect(progress(items)).not.toBe(items);
    vi.stubEnv('CI', 'true');
    expect(progress(items)).toBe(items);
    vi.spyOn(process, 'stderr', 'get').mockReturnValue({ ...output, isTTY: true } as never);
    expect(progress(items)).not.toBe(items);
    // An output that was given is used.
    expect(progress(items, { output })).not.toBe(items);
    vi.stubEnv('NO_PROGRESS', '1');
    expect(progress(items, { output: { ...output, isTTY: true } })).toBe(items);
  });

  it('wraps a loader, for both kinds of loops, epoch by epoch', async () => {
    const loader = new DataLoader(new TensorDataset(arange(10)), { batchSize: 4 });
    const texts: string[] = [];
    const output = { isTTY: true, write: (text: string) => texts.push(text) };
    const wrapped = progress(loader, { output });
    expect([...wrapped].map(([x]) => x.shape[0])).toEqual([4, 4, 2]);
    const sizes: number[] = [];
    for await (const [x] of wrapped) sizes.push(x.shape[0]);
    expect(sizes).toEqual([4, 4, 2]);
    expect(texts.filter((t) => t.includes(' 3/3 '))).toHaveLength(2);
    expect(texts.filter((t) => t === '\n')).toHaveLength(2);
  });

  it('ends the line if the loop is left', () => {
    const texts: string[] = [];
    for (const _ of progress([1, 2], { output: { isTTY: true, write: (t) => texts.push(t) } }))
      break;
    expect(texts.at(-1)).toBe('\n');
  });

  it('updates an element of a page', () => {
    const text = { textContent: '' };
    for (const _ of progress([1, 2], { element: text, label: 'x' })) now += 500;
    expect(text.textContent).toBe('x 100% 2/2 [00:01<00:00, 2.0 it/s]');
    const bar = { textContent: null, value: 0, max: 1 };
    for (const _ of progress([1, 2], { element: bar })) now += 500;
    expect(bar).toEqual({ textContent: null, value: 2, max: 2 });
  });

  it('refuses what cannot be iterated over', () => {
    expect(() => progress(3 as never)).toThrow('progress: items must be an iterable');
  });
});
