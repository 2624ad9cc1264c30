import { openRunner } from 'dl-devices';
import { expect, it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { abstains, compare, unjudged } from '../src/compare.js';
import { readFixtures, readKnown } from '../src/files.js';
import { unfit } from '../src/fit.js';
import { isOf, knownFault } from '../src/known.js';
import { run } from '../src/machine.js';
import { asTypescript } from '../src/print.js';
it('x', { timeout: 500000 }, async () => {
  const known = readKnown();
  const name = process.env.ZZ ?? 'plain';
  const { device } = await openRunner(name);
  const out: string[] = [];
  for (const f of readFixtures()) {
    const id = f.known?.[name.split(':')[0]] ?? f.known?.all;
    if (known.some((k) => k.id === id && k.runners.some((kind) => isOf(name, kind)))) continue;
    if ((unfit(f.program, device) ?? unjudged(f.answer, device)) !== null) continue;
    const verdict = { outcome: await run(f.program, device) };
    if (abstains(verdict) !== null) continue;
    const x = compare(f.program, verdict, f.answer, device);
    if (x === null) continue;
    const k = knownFault(known, name, f.program, x)?.id;
    out.push(`### ${id ?? '-'} now ${k ?? '-'} | ${x.kind} in ${x.op}: ${x.message.slice(0, 200)}\n${asTypescript(f.program)}`);
  }
  writeFileSync('/tmp/g/zz.txt', out.join('\n'));
  expect(1).toBe(1);
});
