// Suggests the name that was probably meant.

/** The number of letters to insert, delete or replace to turn one word into another (Levenshtein distance). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/**
 * The one of `names` that `given` was probably meant to be, or null: `batch_first` suggests `batchFirst`, `gama`
 * suggests `gamma`.
 */
export function nearest(given: string, names: readonly string[]): string | null {
  const wanted = plain(given);
  let best: string | null = null;
  let least = Math.min(2, Math.floor(wanted.length / 3)) + 1;
  for (const name of names) {
    const far = distance(wanted, plain(name));
    if (far < least) [best, least] = [name, far];
  }
  return best;
}
