// The command: runs the suite on a device, or writes the cases for the oracle.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DLError, type DType } from '@dl/core';
import { fingerprint, forOracle } from './case.js';
import { registerCounted } from './counted.js';
import { coveragePage } from './coverage.js';
import { missingDtypes } from './host.js';
import { loadGoldens } from './load.js';
import { record } from './record.js';
import { allCases, type Result, suite } from './suite.js';

const usage = `Usage: pnpm conformance --device cpu [--backend <module>] [--filter <text>] [--without <dtypes>] [--part <i>/<n>]

  --device   the device to run on; 'counted' is the CPU behind a ledger of its memory
  --backend  a module to import first, whose init() (if it has one) registers the device
  --filter   only operators whose name holds this text
  --without  dtypes that the device does not have, separated by commas (webgpu's are known)
  --part     only the i-th of n parts, such as 0/4, 1/4, 2/4, 3/4; together they are the suite
  --coverage write what was compared, operator by operator, to this Markdown file
  --cases    write the cases for the oracle to this file, and run nothing`;

/** What a backend's module may bring to start its device. */
type Module = { readonly init?: () => unknown } & {
  readonly [device: string]: { readonly init?: () => unknown } | undefined;
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      device: { type: 'string' },
      backend: { type: 'string' },
      filter: { type: 'string', default: '' },
      without: { type: 'string' },
      part: { type: 'string', default: '0/1' },
      cases: { type: 'string' },
      coverage: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.cases !== undefined) {
    const { elementwise, table } = allCases();
    const plain = (cs: typeof table): object[] =>
      cs.map((c) => ({ ...forOracle(c), of: fingerprint(c) }));
    writeFileSync(
      values.cases,
      JSON.stringify({ elementwise: plain(elementwise), table: plain(table) }),
    );
    return 0;
  }
  if (values.help || values.device === undefined) {
    console.log(usage);
    return values.help ? 0 : 2;
  }
  const [, part, parts] = (/^(\d+)\/(\d+)$/.exec(values.part) ?? []).map(Number);
  if (part === undefined || parts === undefined || part >= parts) {
    console.error(`--part is i/n with i from 0 to n - 1, not '${values.part}'`);
    return 2;
  }
  if (values.device === 'counted') registerCounted();
  if (values.backend !== undefined) {
    const module = (await import(values.backend)) as Module;
    // Packages of other devices have their functions on an object of the device's name.
    const start = module.init ?? module[values.device.split(':')[0] as string]?.init;
    const report = (await start?.()) as { active?: boolean; reason?: string } | undefined;
    // A backend that is asked for and missing fails; it is never replaced by another one.
    if (report?.active === false) {
      console.error(`${values.backend}: not active, ${report.reason}`);
      return 1;
    }
    if (report !== undefined) console.log(`${values.backend}: ${JSON.stringify(report)}`);
  }
  const without =
    values.without === undefined
      ? (missingDtypes[values.device] ?? [])
      : (values.without.split(',').filter((d) => d !== '') as DType[]);
  const results: Result[] = [];
  const groups = suite({ device: values.device, goldens: loadGoldens(), without });
  for (const [i, group] of groups.entries()) {
    if (i % parts !== part) continue;
    if (group.operator.includes(values.filter)) results.push(...(await group.run()));
  }
  const failed = results.filter((r) => r.failure !== null);
  for (const { id, check, failure } of failed) console.log(`FAILED ${id}, ${check}: ${failure}`);
  if (without.length > 0) console.log(`left out: ${without.join(', ')}`);
  console.log(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (values.coverage !== undefined) {
    const passed = results.length - failed.length;
    writeFileSync(values.coverage, coveragePage(record, passed, failed.length, values.device));
  }
  return failed.length === 0 && results.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  // A device that is missing fails the run, in one line.
  if (!(e instanceof DLError)) throw e;
  console.error(e.message);
  process.exitCode = 1;
}
