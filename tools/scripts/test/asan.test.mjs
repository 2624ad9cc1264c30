// Faults planted in an addon of a few lines: each sanitizer that `pnpm asan` uses reports its own, and ends the process.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { headers } from '../lib/native.mjs';
import { compiler, sanitized } from '../lib/sanitizers.mjs';

const folder = mkdtempSync(join(tmpdir(), 'dl-asan-'));
const memory = ['address', 'undefined'];
const threads = ['thread'];
// Without a compiler and its sanitizers `pnpm asan` cannot run either; CI requires them on Linux, where alone it runs.
const linux = process.platform === 'linux';
const possible =
  linux && headers !== undefined && [memory, threads].every((s) => sanitized(s, folder) !== null);
if (!possible) {
  console.warn(
    `absent: the sanitizers are not tried here (${linux ? 'no g++ with libasan and libtsan, or no headers of Node' : 'they are used on Linux alone'}).`,
  );
}
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function reportOf(line, sanitizers = memory) {
  const source = join(folder, 'planted.cc');
  const addon = join(folder, 'planted.node');
  writeFileSync(
    source,
    `#include <node_api.h>
#include <mutex>
#include <thread>
static napi_value run(napi_env, napi_callback_info) {
  volatile int four = 4, most = 2147483647;
  int* volatile memory = new int[4]();
  volatile int seen = 0;
  ${line}
  delete[] memory;
  return nullptr;
}
NAPI_MODULE_INIT() {
  napi_value f;
  napi_create_function(env, "run", 3, run, nullptr, &f);
  return f;
}`,
  );
  const flags = [
    '-std=c++17',
    '-O1',
    '-g1',
    '-fPIC',
    '-shared',
    '-pthread',
    `-fsanitize=${sanitizers.join(',')}`,
    '-fno-sanitize-recover=all',
  ];
  const built = spawnSync(compiler, [...flags, `-I${headers}`, source, '-o', addon]);
  expect(built.status, String(built.stderr)).toBe(0);
  const done = spawnSync(process.execPath, ['-e', `require(${JSON.stringify(addon)})()`], {
    encoding: 'utf8',
    env: { ...process.env, ...sanitized(sanitizers, folder) },
  });
  const files = readdirSync(folder).filter((name) => name.startsWith('report'));
  const text = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  for (const name of files) rmSync(join(folder, name));
  // UBSan's stand in what the process printed.
  expect(done.status === 0).toBe(text === '' && done.stderr === '');
  return text + done.stderr;
}

it.runIf(linux && process.env.DL_REQUIRE_NATIVE === '1')('the sanitizers are there', () => {
  expect(possible).toBe(true);
});

// Each compiles an addon and starts Node under a sanitizer.
describe.skipIf(!possible)('pnpm asan', { timeout: 60_000 }, () => {
  it('reports a read behind a buffer', () => {
    expect(reportOf('seen = memory[four];')).toContain('heap-buffer-overflow');
  });
  it('reports memory that is used after it was freed', () => {
    expect(reportOf('delete[] memory; seen = memory[0]; memory = nullptr;')).toContain(
      'heap-use-after-free',
    );
  });
  it('reports an overflow of int', () => {
    expect(reportOf('seen = most + four;')).toContain('signed integer overflow');
  });
  it('says nothing where nothing is wrong', () => {
    expect(reportOf('seen = memory[four - 1];')).toBe('');
  });
  it('reports two threads that write to one place', () => {
    const both = 'std::thread other([&] { memory[0]++; }); memory[0]++; other.join();';
    expect(reportOf(both, threads)).toContain('data race');
  });
  it('says nothing where a mutex keeps them apart', () => {
    const apart = `std::mutex mutex;
  const auto add = [&] { std::lock_guard<std::mutex> lock(mutex); memory[0]++; };
  std::thread other(add);
  add();
  other.join();`;
    expect(reportOf(apart, threads)).toBe('');
  });
});
