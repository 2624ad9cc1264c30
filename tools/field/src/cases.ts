// The cases that there are, and which of them belong together.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A case as `child/list.mjs` tells of it. */
export interface Case {
  /** The file of `cases/` that holds it. */
  readonly kind: string;
  readonly name: string;
  /** The public reports of the same trouble. */
  readonly from: string | null;
  /** What is wanted, in words. */
  readonly want: string;
  /** Seconds after which it is ended, if not 30. */
  readonly limit: number | null;
  /** Options of Node. */
  readonly flags: readonly string[];
  /** What the shell does first: `ulimit -v 2400000; exec`. */
  readonly shell: string | null;
  /** Takes gigabytes of memory. */
  readonly heavy: boolean;
  /** What the machine must have. */
  readonly needs: readonly Need[];
  /** Must not share a process, though nothing else says so. */
  readonly alone: boolean;
}

/** `addon`: the addon of @dl/backend-cpu; `avx512`: that, on such a processor; `posix`: bash, pipes and modes of files. */
export type Need = 'addon' | 'avx512' | 'posix';

/** What this machine has of that. */
export type Here = ReadonlySet<Need>;

export const idOf = ({ kind, name }: Pick<Case, 'kind' | 'name'>): string => `${kind}/${name}`;

/** Asks a process that has loaded the built packages. */
export function listCases(): { readonly cases: readonly Case[]; readonly here: Here } {
  const script = fileURLToPath(new URL('../child/list.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
  if (status !== 0) {
    throw new Error(
      `field: the cases do not load; are the packages built (pnpm build)?\n${stderr}`,
    );
  }
  const { cases, isa } = JSON.parse(stdout) as { cases: Case[]; isa: string | null };
  const here = new Set<Need>();
  if (process.platform !== 'win32') here.add('posix');
  if (isa !== null) here.add('addon');
  if (isa === 'avx512') here.add('avx512');
  return { cases, here };
}

/** What a case needs and this machine has not. */
export const lacks = (one: Case, here: Here): readonly Need[] =>
  [...one.needs, ...(one.shell === null ? [] : ['posix' as const])].filter((n) => !here.has(n));

/** Whether a case may run after others in one process. */
export const sociable = (one: Case): boolean =>
  !one.alone && !one.heavy && one.flags.length === 0 && one.shell === null && one.limit === null;
