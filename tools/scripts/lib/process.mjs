// Starts child processes: build steps that fail with one line, and the app in the foreground.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** A failure that is shown as one line, without a stack. */
export class StepError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'StepError';
    this.exitCode = exitCode;
  }
}

const windows = process.platform === 'win32';
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** npm's and pnpm's launchers on Windows are .cmd files, which only a shell can start. */
function needsShell(command) {
  return windows && command !== process.execPath;
}

/**
 * Waits for a child while passing signals on to it.
 * A terminal sends Ctrl-C to the whole foreground group, so the child has it already: passing it on
 * too would look like a second Ctrl-C, which programs take for "stop at once".
 */
function settle(child) {
  const terminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  const handlers = signals.map((signal) => {
    const handler = () => {
      if (!(signal === 'SIGINT' && terminal)) child.kill(signal);
    };
    process.on(signal, handler);
    return [signal, handler];
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    for (const [signal, handler] of handlers) process.off(signal, handler);
  });
}

/** 128 + the signal's number, as shells report it. */
export function signalExitCode(signal) {
  return 128 + (constants.signals[signal] ?? 0);
}

/**
 * Runs a step to its end and throws a StepError if it fails. `fix` is the line to show, or a
 * function that finds it from the step's output (which is shown as it comes in either case).
 */
export async function runStep(command, args, { cwd, fix }) {
  const watched = typeof fix === 'function';
  const child = spawn(command, args, {
    cwd,
    stdio: watched ? ['inherit', 'pipe', 'pipe'] : 'inherit',
    shell: needsShell(command),
  });
  let tail = '';
  if (watched) {
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on('data', (chunk) => {
        to.write(chunk);
        tail = (tail + chunk).slice(-65536);
      });
    }
  }
  let end;
  try {
    end = await settle(child);
  } catch (error) {
    throw new StepError(`cannot start ${command} (${error.code}): is it installed?`);
  }
  if (end.signal) throw new StepError(`stopped by ${end.signal}.`, signalExitCode(end.signal));
  if (end.code !== 0) throw new StepError(watched ? fix(tail) : fix, end.code);
}

/** Runs a step silently: its exit code and what it printed, or `undefined` if it cannot start. */
export async function capture(command, args, { cwd }) {
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: needsShell(command),
  });
  const out = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) {
    child[name].on('data', (chunk) => {
      out[name] += chunk;
    });
  }
  try {
    const { code } = await settle(child);
    return { code, ...out };
  } catch {
    return undefined;
  }
}

/** Runs a step whose output is shown only if it fails; throws a StepError then. */
export async function runQuietly(command, args, { cwd, fix }) {
  const result = await capture(command, args, { cwd });
  if (!result) throw new StepError(`cannot start ${command}: is it installed?`);
  if (result.code === 0) return;
  process.stdout.write(result.stdout);
  process.stderr.write(result.stderr);
  throw new StepError(fix, result.code ?? 1);
}

/**
 * Hands the terminal to a program and ends as it ends: its exit code is returned, and a signal that
 * killed it ends this process in the same way.
 */
export async function runForeground(command, args, { cwd }) {
  const { code, signal } = await settle(spawn(command, args, { cwd, stdio: 'inherit' }));
  if (!signal) return code;
  process.kill(process.pid, signal);
  return signalExitCode(signal);
}
