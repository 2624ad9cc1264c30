import { it } from 'vitest';
import { writeFileSync } from 'node:fs';
import { openRunner } from 'dl-devices';
import { swept } from '../src/functions.js';
import { readFixture } from '../src/fixture.js';
import { sweep, floatTypes } from '../src/sweep.js';
import { judge } from '../src/verdict.js';
it('x', async () => {
  const fx = new Map(swept.map((f) => [f.name, readFixture(f)]));
  for (const name of (process.env.RUNNERS ?? 'plain').split(' ')) {
    const r = await openRunner(name); const all: unknown[] = [];
    const t = performance.now();
    for (const f of swept) for (const d of floatTypes) { if (r.without.includes(d)) continue;
      all.push(...judge(await sweep(f, d, r, {}, fx.get(f.name)), { function: f.name, dtype: d, runner: name }).figures);
    }
    console.log(name, performance.now() - t);
    writeFileSync(`/tmp/fig-${name.replace(':', '-')}.json`, JSON.stringify(all, (_, v) => typeof v === 'number' && !Number.isFinite(v) ? String(v) : v));
  }
}, 1e6);
