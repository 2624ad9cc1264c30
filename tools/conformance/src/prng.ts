// A small random generator of the suite's own, so that its inputs do not depend on what it tests.

/** Numbers in [0, 1) that follow from a text: the same in every process and on every machine. */
export function prng(seed: string): () => number {
  let state = fnv(seed);
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The 32-bit FNV-1a hash of a text. */
export function fnv(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
