// The command: writes the points for the oracle, or sweeps.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { swept } from './functions.js';
import { placesOf } from './places.js';
import { bytesOf, fingerprint, pointsOf } from './points.js';

const { values } = parseArgs({
  options: { points: { type: 'string' }, function: { type: 'string' } },
});
if (values.points !== undefined) {
  const columns: Float64Array[] = [];
  const list = swept
    .filter(({ name }) => values.function === undefined || name === values.function)
    .map((f) => {
      const places = placesOf(f);
      const dtypes = (['float32', 'float64'] as const).map((dtype) => {
        const rows = pointsOf(f, dtype, places);
        const bytes = bytesOf(rows, f.arity);
        columns.push(bytes);
        return [dtype, { count: rows.length, of: fingerprint(bytes) }];
      });
      const { name, arity, torch } = f;
      return { name, arity, torch, ...places, dtypes: Object.fromEntries(dtypes) };
    });
  writeFileSync(`${values.points}.json`, JSON.stringify(list));
  writeFileSync(
    `${values.points}.bin`,
    Buffer.concat(columns.map((c) => new Uint8Array(c.buffer))),
  );
}
