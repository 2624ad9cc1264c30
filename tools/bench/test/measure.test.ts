// The harness itself: medians, ratios, and that unequal results are refused.
import { describe, expect, it } from 'vitest';
import { agree, measure } from '../src/measure.js';
import { pageOf, webSection, webSectionOf, withWebSection } from '../src/page.js';
import type { Peer, Row } from '../src/row.js';

const row: Row = {
  suite: 's',
  name: 'r',
  what: '',
  make: () => ({ step: () => {}, result: () => [] }),
};

/** A peer whose steps take a fixed time by its own clock. */
const fake = (
  name: string,
  perStep: number,
  result: number[],
  absent: string | null = null,
): Peer => ({
  name,
  absent,
  time: async (_row, steps) => perStep * steps,
  result: async () => result,
  end: async () => {},
  close: () => {},
});

const effort = { rounds: 3, batch: 0.01 };

describe('measure', () => {
  it('gives the ratio of the peer to ours', async () => {
    const [m] = await measure(row, fake('us', 1e-4, [1]), [fake('peer', 3e-4, [1])], effort);
    expect(m?.ours).toBeCloseTo(100);
    expect(m?.peer).toBeCloseTo(300);
    expect(m?.ratio).toBeCloseTo(3);
  });

  it('leaves an absent peer out', async () => {
    const all = await measure(row, fake('us', 1e-4, [1]), [fake('p', 1, [1], 'gone')], effort);
    expect(all).toHaveLength(1);
    expect(all[0]?.peer).toBeNull();
  });

  it('refuses rows whose results differ', async () => {
    const run = measure(row, fake('us', 1e-4, [1]), [fake('peer', 3e-4, [1.1])], effort);
    await expect(run).rejects.toThrow(/peer computes \[1\.1\], ours is \[1\]/);
  });
});

describe('agree', () => {
  it('allows rounding and nothing more', () => {
    expect(agree([1], [1.0005])).toBe(true);
    expect(agree([1], [1.01])).toBe(false);
    expect(agree([1], [1, 2])).toBe(false);
    expect(agree([Number.NaN], [1])).toBe(false);
  });
});

describe('the page', () => {
  it('says where the rounds of a row differed', () => {
    const m = {
      suite: 'zoo',
      row: 'mnist',
      ours: 30,
      peer: null,
      peerName: null,
      unit: 'µs' as const,
      ratio: null,
      share: null,
    };
    const about = { date: '', processor: '', node: '', load: '', rounds: 1, threads: 2 };
    const page = pageOf([m, { ...m, row: 'vae', unsteady: true }], {
      ...about,
      limits: '',
      peers: [],
    });
    expect(page).toContain('| mnist | 30.0 |');
    expect(page).toContain('| vae (unsteady) | 30.0 |');
  });
});

describe('the part on WebGPU of the page', () => {
  it('is added, replaced, and nothing around it changes', () => {
    const page = '# Performance\n\ntext\n';
    const first = withWebSection(page, '## Device webgpu\n\none\n');
    expect(first.startsWith(page)).toBe(true);
    expect(webSectionOf(first)).toBe('## Device webgpu\n\none');
    const more = `${first}\n## More\n`;
    const second = withWebSection(more, '## Device webgpu\n\ntwo\n');
    expect(second).toBe(more.replace('one', 'two'));
    expect(webSectionOf(page)).toBeNull();
  });

  it('has a table for each suite, with ratios', () => {
    const m = {
      suite: 'webgpu-counts',
      row: 'dispatches of a step',
      ours: 30,
      peer: 67,
      peerName: 'tfjs',
      unit: 'dispatches' as const,
      ratio: 67 / 30,
      share: null,
    };
    const about = { date: '', processor: '', node: '', where: '', rounds: 1, peers: [] };
    expect(webSection([m], about)).toContain('| dispatches of a step | 30.0 | 67.0 (2.23) |');
  });
});
