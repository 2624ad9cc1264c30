// Programs in another runtime: its version, training with every package, files, worker threads, the suite.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { provideAdapter } from 'dl-testing/webgpu';

/** What a runtime needs to find the software adapter: its description, and the loader's library. */
function adapterOf(device) {
  if (device !== 'webgpu') return {};
  if (!provideAdapter()) throw new Error('no software adapter here (it comes with Chromium)');
  const description = process.env.VK_ICD_FILENAMES;
  return { VK_ICD_FILENAMES: description, LD_LIBRARY_PATH: dirname(description) };
}

/** Runs a program; its output goes through files, since Node under Wine cannot write to pipes. */
function runProgram(home, project, command, args, env) {
  const files = ['out.txt', 'err.txt'].map((file) => join(home, file));
  const open = files.map((file) => openSync(file, 'w'));
  const [program, ...before] = command;
  const { status, signal } = spawnSync(program, [...before, ...args], {
    cwd: project,
    env: { ...process.env, ...env },
    timeout: 3_600_000,
    stdio: ['ignore', ...open],
  });
  for (const file of open) closeSync(file);
  const [out, err] = files.map((file) => readFileSync(file, 'utf8').trim());
  return { ok: status === 0, out, all: [out, err, signal].filter(Boolean).join('\n') };
}

/** Runs everything and prints what came; gives whether all of it was as it must be. */
export function runInRuntime(home, project, program, host, device) {
  const env = { ...host.env?.(home), ...adapterOf(device) };
  const run = (args, more = {}) =>
    runProgram(home, project, [...program, ...(host.args ?? [])], args, { ...env, ...more });
  let good = true;
  const expect = (what, { ok, out, all }, wanted) => {
    console.log(`${what}: ${all}`);
    good &&= ok && wanted.test(out);
  };
  const suite = (backend) => ['conformance/dist/main.js', '--device', device, '--backend', backend];
  if (device === 'webgpu') {
    expect('suite', run(suite('@dl/backend-webgpu')), /^\d+ passed, 0 failed$/m);
    return good;
  }
  expect('training with every package', run(['all.mjs']), /^trained$/);
  expect('files', run(['files.mjs']), /^\d+ files, as they were saved$/m);
  expect('worker threads', run(['workers.mjs']), /^20 of 20 workers agree$/);
  let tried = 0;
  for (const isa of host.isas) {
    const result = run(suite('@dl/backend-cpu'), { DL_CPU_ISA: isa, DL_CPU_SMALLEST: '0' });
    if (/is not available on this machine/.test(result.all)) continue;
    tried++;
    expect(isa, result, new RegExp(`"isa":"${isa}"[^]*\\n\\d+ passed, 0 failed$`));
  }
  return good && tried > 0;
}
