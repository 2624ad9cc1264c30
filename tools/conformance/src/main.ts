// The command: runs the suite on a device, or writes the cases for the oracle.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DLError, type DType } from '@dl/core';
import { missingDtypes } from 'dl-devices/dtypes';
import { methods } from './calls.js';
import { fingerprint, forOracle } from './case.js';
import { registerCounted } from './counted.js';
import { coveragePage, otherSections } from './coverage.js';
import { loadGoldens } from './load.js';
import { record } from './record.js';
import { type Report, type RunOptions, runSuite } from './run.js';
import { allCases } from './suite.js';

const usage = `Usage: pnpm conformance --device cpu [--backend <module>] [--filter <text>] [--without <dtypes>] [--part <i>/<n>]

  --device   what to run on: cpu (core's own loops), addon, addon:avx512, addon:avx2, addon:portable,
             webgpu (the software adapter where there is no other), cuda (the emulator where there is no
             driver), counted (the CPU behind a ledger of its memory), what --backend registers,
             or all: each of these in turn, and a table of the calls of every method on every device
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

/** Registers a device by its module, as a user of a backend of their own does. Returns why it is not there. */
async function start(device: string, backend: string): Promise<string | null> {
  const module = (await import(backend)) as Module;
  // Packages of other devices have their functions on an object of the device's name.
  const init = module.init ?? module[device.split(':')[0]]?.init;
  const report = (await init?.()) as { active?: boolean; reason?: string } | undefined;
  // A backend that is asked for and missing fails; it is never replaced by another one.
  if (report?.active === false) return `${backend}: not active, ${report.reason}`;
  if (report !== undefined) console.log(`${backend}: ${JSON.stringify(report)}`);
  return null;
}

/** Opens what `--device` names without `--backend`, and gives the device that tensors are on. */
async function open(name: string): Promise<string> {
  if (name === 'counted') registerCounted();
  if (name === 'cpu' || name === 'counted') return name;
  // Not there where the suite is copied to without this repository's tools.
  const { openRunner } = await import('dl-devices');
  const runner = await openRunner(name);
  console.log(`${name}: ${runner.about}`);
  return runner.device;
}

/** Runs the suite on an opened device and says what came of it. */
async function runOn(name: string, options: Omit<RunOptions, 'goldens'>): Promise<Report> {
  const report = await runSuite({ ...options, goldens: loadGoldens() });
  for (const text of report.failed) console.log(`FAILED ${text}`);
  const { without = [] } = options;
  if (without.length > 0) console.log(`left out: ${without.join(', ')}`);
  console.log(`calls on ${name}: ${report.calls.text()}`);
  console.log(`${report.passed} passed, ${report.failed.length} failed`);
  return report;
}

/** Runs the suite on every device of this machine, one after the other, and prints the calls as one table. */
async function runAll(options: Pick<RunOptions, 'filter' | 'sample'>): Promise<number> {
  const { runnersHere } = await import('dl-devices');
  const { here, absent } = await runnersHere();
  for (const line of absent) console.log(`absent: ${line}`);
  const reports = new Map<string, Report>();
  for (const name of ['cpu', 'counted', ...here.filter((n) => n !== 'plain')]) {
    const device = await open(name);
    reports.set(
      name,
      await runOn(name, { ...options, device, without: missingDtypes[device] ?? [] }),
    );
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  console.log(row(['method', ...reports.keys()]));
  console.log(row(['---', ...[...reports].map(() => '---:')]));
  for (const method of methods) {
    const counts = [...reports.values()].map((r) => r.calls.of(method).toLocaleString('en'));
    console.log(row([method, ...counts]));
  }
  const good = [...reports.values()].every((r) => r.failed.length === 0 && r.passed > 0);
  return good ? 0 : 1;
}

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
  const options = { filter: values.filter, sample: { of: parts, at: part } };
  if (values.device === 'all') {
    const one = (['backend', 'without', 'coverage'] as const).find((o) => values[o] !== undefined);
    if (one === undefined) return runAll(options);
    console.error(`--${one} needs one device, not --device all`);
    return 2;
  }
  let { device } = values;
  if (values.backend === undefined) device = await open(device);
  else {
    const problem = await start(device, values.backend);
    if (problem !== null) {
      console.error(problem);
      return 1;
    }
  }
  const without =
    values.without === undefined
      ? (missingDtypes[device] ?? [])
      : (values.without.split(',').filter((d) => d !== '') as DType[]);
  const { passed, failed } = await runOn(values.device, { ...options, device, without });
  if (values.coverage !== undefined) {
    const page = coveragePage(record, passed, failed.length, device);
    writeFileSync(values.coverage, page + otherSections(values.coverage));
  }
  return failed.length === 0 && passed > 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (e) {
  // A device that is missing fails the run, in one line.
  if (!(e instanceof DLError) && (e as Error).name !== 'RunnerError') throw e;
  console.error((e as Error).message);
  process.exitCode = 1;
}
