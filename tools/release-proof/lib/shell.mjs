// Runs commands and says what they said when they fail.
import { spawn } from 'node:child_process';

/** Runs a command; gives its output, or throws with it unless `mayFail`. */
export function run(command, args, { cwd, env = {}, mayFail = false, seconds = 300 } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      // npm and pnpm are .cmd files there.
      shell: process.platform === 'win32' && !/node(\.exe)?$/.test(command),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (text) => {
      stdout += text;
    });
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0 || mayFail) resolve({ code, stdout, stderr });
      else {
        const what = [command, ...args].join(' ');
        reject(
          new Error(`${what} (in ${cwd}) ended with ${signal ?? code}:\n${stdout}\n${stderr}`),
        );
      }
    });
  });
}

/** Runs a program of Node. */
export const node = (args, options) => run(process.execPath, args, options);

/** Throws unless `fact`; `text` says what was expected. */
export function must(fact, text) {
  if (!fact) throw new Error(text);
}
