// Reading the fixtures from the disk.
import { readFileSync } from 'node:fs';
import type { Goldens } from './goldens.js';

const read = (name: string): Goldens =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8'));

/** All goldens of the suite. */
export const loadGoldens = (): Goldens => ({ ...read('elementwise'), ...read('table') });
