// Runs a lesson: from its sources, in a process and a folder of its own.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const packages = ['core', 'nn', 'optim', 'losses', 'data', 'io'];

/** What a run left. */
export interface LessonRun {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly errors: string;
  /** The files of its output folder, by name. */
  readonly files: Readonly<Record<string, string>>;
}

/** Runs the lesson of a folder below `apps`. */
export async function runLesson(name: string): Promise<LessonRun> {
  // Below the app, so that what it imports from node_modules is found.
  const folder = mkdtempSync(join(root, 'apps', name, 'node_modules', '.lesson-'));
  const work = mkdtempSync(join(tmpdir(), 'dl-lesson-'));
  try {
    await build({
      config: false,
      entry: { program: join(root, 'apps', name, 'src/main.ts') },
      outDir: folder,
      format: ['esm'],
      outExtension: () => ({ js: '.mjs' }),
      platform: 'node',
      target: 'node20',
      noExternal: [/^@dl\//],
      silent: true,
      tsconfig: join(root, 'apps', name, 'tsconfig.build.json'),
      esbuildOptions: (options) => {
        options.alias = {
          '@dl/core/functional': join(root, 'packages/core/src/functional.ts'),
          ...Object.fromEntries(
            packages.map((p) => [`@dl/${p}`, join(root, `packages/${p}/src/index.ts`)]),
          ),
        };
      },
    });
    const run = spawnSync(process.execPath, [join(folder, 'program.mjs')], {
      cwd: work,
      encoding: 'utf8',
      env: { ...process.env, LESSON_OUT: join(work, 'out') },
    });
    const out = join(work, 'out');
    const names = readdirSync(work).includes('out') ? readdirSync(out) : [];
    return {
      code: run.status,
      lines: run.stdout.trimEnd().split('\n'),
      errors: run.stderr,
      files: Object.fromEntries(names.map((file) => [file, readFileSync(join(out, file), 'utf8')])),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Finds expected lines among printed ones, in order.
 *
 * @returns the first that is missing, with what stands after the one before; null if all are there.
 */
export function firstMissing(
  expected: readonly string[],
  printed: readonly string[],
): { readonly wanted: string; readonly near: readonly string[] } | null {
  let at = 0;
  for (const wanted of expected) {
    const found = printed.indexOf(wanted, at);
    if (found < 0) return { wanted, near: printed.slice(at, at + 3) };
    at = found + 1;
  }
  return null;
}
