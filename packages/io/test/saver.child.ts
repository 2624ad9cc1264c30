// Saves a file over and over until it is killed; the values of each save are its number.
import { full } from '@dl/core';
import { save } from '../src/index.js';

const [target, first] = process.argv.slice(2) as [string, string];
for (let round = Number(first); ; round++) {
  await save({ round, x: full([500_000], round) }, target);
  if (round === Number(first)) process.stdout.write('ready\n');
}
