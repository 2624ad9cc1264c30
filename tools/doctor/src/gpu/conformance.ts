// The conformance suite on the device, in several processes: most of its time goes to compiling kernels.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Check } from './findings.js';

interface Part {
  readonly passed: number;
  readonly failed: number;
  readonly failures: readonly string[];
  /** Why there is no result; null if there is one. */
  readonly broken: string | null;
}

/** One part of the suite in a process of its own, ended when its time is over. */
function runPart(root: string, args: readonly string[], milliseconds: number): Promise<Part> {
  const suite = join(root, 'tools/conformance/dist/main.js');
  const backend = import.meta.resolve('@dl/backend-cuda');
  return new Promise((done) => {
    const all = [suite, '--device', 'cuda', '--backend', backend, ...args];
    const child = spawn(process.execPath, all, {
      cwd: root,
      timeout: Math.max(1, Math.round(milliseconds)),
    });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (more) => {
        text += more;
      });
    }
    child.on('close', (status, signal) => {
      const lines = text.trim().split('\n');
      const summary = lines
        .map((l) => /^(\d+) passed, (\d+) failed$/.exec(l))
        .filter((found) => found !== null)
        .pop();
      const [passed, failed] = [Number(summary?.[1] ?? 0), Number(summary?.[2] ?? 0)];
      const good = summary !== undefined && (status === 0 || failed > 0);
      done({
        passed,
        failed,
        failures: lines.filter((l) => l.startsWith('FAILED')),
        broken: good
          ? null
          : signal === null
            ? `ended with ${status}: ${lines.slice(-3).join(' / ')}`
            : `was ended after ${(milliseconds / 1000).toFixed(0)} s`,
      });
    });
  });
}

/** Runs the suite; `say` is told when a part is done. */
export async function conformance(
  root: string,
  milliseconds: number,
  say: (line: string) => void,
  filter: string,
): Promise<Check> {
  const name = 'conformance';
  if (!existsSync(join(root, 'tools/conformance/dist/main.js'))) {
    return { name, well: false, text: 'tools/conformance is not built: run `pnpm build` first' };
  }
  const start = performance.now();
  const count = Math.max(1, Math.min(8, availableParallelism() >> 1));
  let finished = 0;
  const parts = await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      const part = await runPart(
        root,
        ['--part', `${i}/${count}`, '--filter', filter],
        milliseconds,
      );
      finished++;
      say(
        `conformance: part ${finished} of ${count}: ${part.broken ?? `${part.passed} passed, ${part.failed} failed`}`,
      );
      return part;
    }),
  );
  const sum = (key: 'passed' | 'failed'): number => parts.reduce((n, p) => n + p[key], 0);
  const broken = parts.flatMap(({ broken: why }, i) => (why === null ? [] : [`part ${i} ${why}`]));
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  const filtered = filter === '' ? '' : ` (only operators with '${filter}')`;
  return {
    name,
    well: broken.length === 0 && sum('failed') === 0 && sum('passed') > 0,
    text: `${sum('passed')} passed, ${sum('failed')} failed in ${seconds} s and ${count} processes${filtered}${broken.length > 0 ? `; ${broken.length} of them without a result` : ''}`,
    details: [...broken, ...parts.flatMap((p) => p.failures).slice(0, 30)],
  };
}
