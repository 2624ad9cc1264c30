// Tests what `npm start` and `npm test` stand on: the stamp, the messages, exit codes and signals.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOfPnpm, pinnedVersion, sameMajor } from '../lib/pnpm.mjs';
import { runQuietly, runStep, StepError } from '../lib/process.mjs';
import { installFailure, isInstalled, nodeFailure, writeStamp } from '../lib/state.mjs';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(root, { recursive: true }));

describe('nodeFailure', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '100.1.0'])('accepts %s', (version) => {
    expect(nodeFailure(version, '>=20.19')).toBeUndefined();
  });
  it.each(['20.18.9', '18.99.0', '9.20.20'])('refuses %s in one line', (version) => {
    expect(nodeFailure(version, '>=20.19')).toMatch(
      /^Node .* too old: install Node 20\.19 or later/,
    );
  });
});

describe('the stamp', () => {
  beforeEach(() => {
    mkdirSync(join(root, 'node_modules'), { recursive: true });
    mkdirSync(join(root, 'packages/a/node_modules/b'), { recursive: true });
    writeFileSync(join(root, 'package.json'), '{}');
    writeFileSync(join(root, 'pnpm-lock.yaml'), 'one');
    writeFileSync(join(root, 'packages/a/package.json'), '{"dependencies":{"b":"1"}}');
  });

  it('asks for an install before the first one, and for none after it', () => {
    expect(isInstalled(root)).toBe(false);
    writeStamp(root);
    expect(isInstalled(root)).toBe(true);
  });

  it.each(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'])(
    'asks for an install when %s changed',
    (file) => {
      writeStamp(root);
      writeFileSync(join(root, file), '{"changed":1}');
      expect(isInstalled(root)).toBe(false);
    },
  );

  it("asks for an install when a package's manifest changed or a package came", () => {
    writeStamp(root);
    writeFileSync(join(root, 'packages/a/package.json'), '{"dependencies":{}}');
    expect(isInstalled(root)).toBe(false);
    writeStamp(root);
    mkdirSync(join(root, 'apps/c'), { recursive: true });
    writeFileSync(join(root, 'apps/c/package.json'), '{}');
    expect(isInstalled(root)).toBe(false);
  });

  it("asks for an install when a package's node_modules is gone", () => {
    writeStamp(root);
    rmSync(join(root, 'packages/a/node_modules'), { recursive: true });
    expect(isInstalled(root)).toBe(false);
  });
});

describe('installFailure', () => {
  it.each([
    ['ERR_PNPM_OUTDATED_LOCKFILE  Cannot install', /pnpm install.*commit the lockfile/],
    ['GET https://x error (ENOTFOUND)', /registry is not reached/],
    ['ENOSPC: no space left on device', /disk is full/],
    ['EACCES: permission denied, mkdir', /permissions/],
    ['something else', /what pnpm says/],
  ])('%s', (output, line) => {
    expect(installFailure(output)).toMatch(line);
    expect(installFailure(output)).not.toContain('\n');
  });
});

describe('pnpm', () => {
  it('takes the version from packageManager, with or without a hash', () => {
    expect(pinnedVersion('pnpm@12.21.0')).toBe('12.21.0');
    expect(pinnedVersion('pnpm@12.21.0+sha512.abc')).toBe('12.21.0');
    expect(() => pinnedVersion('yarn@4.0.0')).toThrow(StepError);
  });
  it('compares major versions', () => {
    expect(sameMajor('12.0.1\n', '12.21.0')).toBe(true);
    expect(sameMajor('1.21.0', '12.21.0')).toBe(false);
  });
  it('is found on a PATH only where it is', () => {
    expect(folderOfPnpm(root)).toBeUndefined();
    writeFileSync(join(root, process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm'), '');
    expect(folderOfPnpm(root)).toBe(root);
  });
});

describe('runStep', () => {
  it('throws the fix and the exit code of a step that fails', async () => {
    const step = runStep(process.execPath, ['-e', 'process.exit(3)'], { cwd: root, fix: 'do x' });
    await expect(step).rejects.toMatchObject({ message: 'do x', exitCode: 3 });
  });
  it('is silent about a step that succeeds, where it is to be', async () => {
    const library = pathToFileURL(join(import.meta.dirname, '../lib/process.mjs')).href;
    const program = (code) => `import { runQuietly } from ${JSON.stringify(library)};
      await runQuietly(process.execPath, ['-e', 'console.log("told"); process.exit(${code})'], { cwd: '.', fix: 'x' })
        .catch((error) => console.log(error.message, error.exitCode));`;
    const run = (code) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program(code)], {
        encoding: 'utf8',
      });
    expect(run(0).stdout).toBe('');
    expect(run(3).stdout).toBe('told\nx 3\n');
    await expect(runQuietly('no-such-program-here', [], { cwd: root, fix: 'x' })).rejects.toThrow(
      /cannot start no-such-program-here/,
    );
  });
  it('says what cannot be started', async () => {
    const step = runStep('no-such-program-here', [], { cwd: root, fix: 'x' });
    await expect(step).rejects.toThrow(/cannot start no-such-program-here/);
  });
});

describe.skipIf(process.platform === 'win32')('runForeground', () => {
  const library = pathToFileURL(join(import.meta.dirname, '../lib/process.mjs')).href;
  const wrapper = (app) => [
    '--input-type=module',
    '-e',
    `import { runForeground } from ${JSON.stringify(library)};
     process.exitCode = await runForeground(process.execPath, ['-e', ${JSON.stringify(app)}, 'x', '--epochs', '1'], { cwd: '.' });`,
  ];
  const started = (child) => new Promise((resolve) => child.stdout.once('data', resolve));
  const ended = (child) =>
    new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));

  it('passes the arguments, the output and the exit code', () => {
    const app = 'console.log(process.argv.slice(2).join(" ")); process.exitCode = 7;';
    const result = spawnSync(process.execPath, wrapper(app), { encoding: 'utf8' });
    expect(result).toMatchObject({ status: 7, stdout: '--epochs 1\n' });
  });

  it.each(['SIGINT', 'SIGTERM'])('passes %s on and waits for the app to end', async (signal) => {
    const app = `process.on('${signal}', () => setTimeout(() => process.exit(5), 50));
      console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, wrapper(app), { stdio: ['ignore', 'pipe', 'pipe'] });
    await started(child);
    child.kill(signal);
    expect(await ended(child)).toEqual({ code: 5, signal: null });
  });

  it('ends by the signal that ended the app', async () => {
    const app = `console.log('up'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, wrapper(app), { stdio: ['ignore', 'pipe', 'pipe'] });
    await started(child);
    child.kill('SIGTERM');
    expect(await ended(child)).toEqual({ code: null, signal: 'SIGTERM' });
  });
});
