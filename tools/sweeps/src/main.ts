// The command: sweeps and prints the worst, writes the table, or writes the points for the oracle.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runnersHere } from 'dl-devices';
import { sweepAll } from './all.js';
import { swept } from './functions.js';
import { placesOf } from './places.js';
import { bytesOf, fingerprint, pointsOf } from './points.js';
import { marker, section, short } from './table.js';
import type { Figures } from './verdict.js';

const usage = `Usage: pnpm sweeps [--runner <name>]... [--function <name>] [--full] [--write]

  --runner    plain, addon:avx512, addon:avx2, addon:portable, webgpu, cuda; several times. Default: all that are here
  --function  only this function, by its exact name
  --full      also moved by 2 to 15 elements in memory
  --write     write the table of docs/COVERAGE.md; needs every runner and function
  --points    write the points for tools/oracle to <path>.json and <path>.bin, and sweep nothing`;

const page = new URL('../../../docs/COVERAGE.md', import.meta.url);

function writePoints(path: string): void {
  const columns: Float64Array[] = [];
  const list = swept.map((f) => {
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
  writeFileSync(`${path}.json`, JSON.stringify(list));
  writeFileSync(`${path}.bin`, Buffer.concat(columns.map((c) => new Uint8Array(c.buffer))));
}

/** The worst of each function, one line each, the largest first. */
function worst(figures: readonly Figures[]): string[] {
  const rank = (f: Figures): number => (f.strange > 0 ? 1e300 : 0) + f.largest;
  const sorted = [...figures].sort((a, b) => rank(b) - rank(a));
  const seen = new Set<string>();
  return sorted
    .filter((f) => !seen.has(f.function) && seen.add(f.function))
    .map((f) => {
      const more = [
        f.strange > 0 ? `${f.strange} of another kind` : '',
        f.lost > 0 ? `${f.lost} lost to 0` : '',
        f.beyond > 0 ? `${f.beyond} of ${f.points} beyond the limit` : '',
      ].filter((text) => text !== '');
      const at = f.at.map((x) => (Object.is(x, -0) ? '-0' : x)).join(', ');
      const head = `  ${f.function} ${f.pass} ${f.dtype}: ${short(f.largest)} ulp at (${at})`;
      return [`${head}, PyTorch ${short(f.torch)}`, ...more].join('; ');
    });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runner: { type: 'string', multiple: true },
      function: { type: 'string' },
      full: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      points: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  if (values.points !== undefined) {
    writePoints(values.points);
    return 0;
  }
  const functions = swept.filter(
    (f) => values.function === undefined || f.name === values.function,
  );
  if (functions.length === 0) {
    console.error(
      `there is no function '${values.function}'; there are ${swept.map((f) => f.name).join(', ')}`,
    );
    return 2;
  }
  const { here, absent } = await runnersHere();
  const runners = values.runner ?? here;
  if (values.write && (values.runner ?? values.function ?? absent[0]) !== undefined) {
    console.error(['--write needs every runner and function', ...absent].join('; '));
    return 2;
  }
  const figures: Figures[] = [];
  const problems: string[] = [];
  const offsets = values.full ? Array.from({ length: 15 }, (_, k) => k + 1) : [1];
  for (const name of runners) {
    const report = await sweepAll(name, { functions, offsets });
    figures.push(...report.figures);
    problems.push(...report.problems);
    console.log([name, ...worst(report.figures)].join('\n'));
  }
  for (const problem of problems) console.log(`FAILED ${problem}`);
  const points = figures.reduce((n, f) => n + f.points, 0);
  console.log(`${figures.length} sweeps of ${points} points, ${problems.length} failed`);
  if (values.write) {
    const [before = ''] = readFileSync(page, 'utf8').split(marker);
    const about = [`${functions.length} functions`, `${points} results`];
    writeFileSync(page, `${before.trimEnd()}\n\n${section(figures, about)}`);
  }
  return problems.length === 0 ? 0 : 1;
}

process.exitCode = await main();
