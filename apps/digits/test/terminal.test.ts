// What the terminal shows, and that nothing but text goes into files and pipes.
import { describe, expect, it } from 'vitest';
import { drawDigit, drawDigits, Screen } from '../src/terminal.js';

function record(options: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  return { ...options, written, write: (text: string) => written.push(text) };
}

/** A picture with ink from (y0, x0) to (y1, x1), both included. */
function box(y0: number, x0: number, y1: number, x1: number): Uint8Array {
  const pixels = new Uint8Array(784);
  for (let y = y0; y <= y1; y++) pixels.fill(255, y * 28 + x0, y * 28 + x1 + 1);
  return pixels;
}

describe('the screen', () => {
  it('has no bar and no control characters in a file or a pipe', () => {
    const output = record();
    const screen = new Screen(output);
    screen.progress('epoch 1/2', 1, 2, '');
    screen.line('first');
    screen.clear();
    expect(output.written.join('')).toBe('first\n');
  });

  it('draws its bar over and over on a terminal, below the lines', () => {
    const output = record({ isTTY: true, columns: 60 });
    const screen = new Screen(output);
    screen.progress('epoch 1/2', 0, 4, '0/4');
    screen.progress('epoch 1/2', 4, 4, '4/4');
    screen.line('done');
    const clear = '\r\u001b[K';
    expect(output.written).toEqual([
      expect.stringMatching(/^\r.\[Kepoch 1\/2 ░{30} {3}0 % 0\/4$/),
      expect.stringMatching(/^\r.\[Kepoch 1\/2 █{30} 100 % 4\/4$/),
      clear,
      'done\n',
    ]);
  });

  it('keeps its bar to one line of a narrow terminal', () => {
    const output = record({ isTTY: true, columns: 20 });
    new Screen(output).progress('epoch 1/2', 1, 2, 'a long note that does not fit');
    expect(output.written.join('').slice(4).length).toBeLessThan(20);
  });

  it('does not draw more often than the eye can see', () => {
    const output = record({ isTTY: true });
    const screen = new Screen(output);
    for (let i = 0; i < 1000; i++) screen.progress('e', i, 1001, '');
    expect(output.written.length).toBeLessThan(20);
  });
});

describe('drawn digits', () => {
  it('are ten lines of twenty characters around the ink', () => {
    for (const [y, x] of [
      [0, 0],
      [8, 8],
      [4, 6],
    ] as const) {
      const lines = drawDigit(box(y, x, y + 19, x + 19));
      expect(lines).toEqual(new Array(10).fill('█'.repeat(20)));
    }
  });

  it('show two pixels in a character', () => {
    const lines = drawDigit(box(13, 13, 13, 14));
    expect(lines.join('').replaceAll(' ', '')).toMatch(/^(▀▀|▄▄)$/);
    expect(drawDigit(new Uint8Array(784)).join('').trim()).toBe('');
  });

  it('stand side by side as far as there is room', () => {
    const digit = { pixels: box(4, 4, 23, 23), caption: 'read 1' };
    expect(drawDigits([digit, digit, digit, digit], 80)).toHaveLength(24);
    expect(drawDigits([digit, digit, digit], 68)).toHaveLength(12);
    expect(drawDigits([digit, digit], 10)).toHaveLength(24);
    for (const line of drawDigits([digit, digit, digit, digit], 80)) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).toMatch(/^[ ▀▄█a-z0-9]*$/);
    }
  });
});
