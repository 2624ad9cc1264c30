import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { openRunner } from 'dl-devices';
import { swept } from '../src/functions.js';
import { readFixture } from '../src/fixture.js';
import { limitsOf } from '../src/limits.js';
import { sweep, floatTypes } from '../src/sweep.js';
it('x', async () => {
  let t = performance.now();
  const fx = new Map(swept.map((f) => [f.name, readFixture(f)]));
  console.log('fixtures', performance.now() - t);
  for (const name of (process.env.RUNNERS ?? 'plain').split(' ')) {
    const r = await openRunner(name); t = performance.now();
    const out: string[] = [];
    for (const f of swept) for (const d of floatTypes) { if (r.without.includes(d)) continue;
      const t1 = performance.now();
      try {
      const { passes, faults } = await sweep(f, d, r, {}, fx.get(f.name));
      for (const x of faults) out.push(`FAULT ${f.name} ${d} ${x}`);
      
      for (const p of passes) { const L = limitsOf(p, d); let w = -1, n = 0, tw = 0; p.errors.forEach((e, i) => { if (e > L[i]!) { n++; if (w < 0 || e > p.errors[w]!) w = i; } tw = Math.max(tw, p.torch[i]!); });
        const bad = [...p.errors.keys()].filter((i) => p.errors[i]! > L[i]!);
        if (w < 0) continue;
        const xs = bad.map((i) => p.rows[i]![0]!).sort((a, b) => a - b);
        out.push(`${n ? 'BAD' : 'ok '} ${f.name} ${d} ${p.pass} max ${p.errors[w]!.toPrecision(3)} at ${p.rows[w]} got ${p.got[w]} want ${p.near[w]} n ${n} torch ${tw.toPrecision(3)} torchThere ${p.torch[w]!.toPrecision(3)} range ${xs[0]}..${xs.at(-1)} zeros ${bad.filter((i) => p.near[i] === 0 && p.got[i] === 0).length} inf ${bad.filter((i) => p.errors[i] === Infinity).length}`); }
      } catch (e) { out.push(`ERR ${f.name} ${d} ${e instanceof Error ? e.stack : e}`); }
      if (performance.now() - t1 > 1000) out.push(`SLOW ${f.name} ${d} ${performance.now() - t1}`);
    }
    out.push(`TIME ${performance.now() - t}`);
    writeFileSync(`/tmp/sw-${name.replace(':', '-')}.txt`, out.join('\n'));
    console.log(name, performance.now() - t);
  }
}, 1e6);
