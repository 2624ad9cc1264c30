// The type check of all packages, apps and tools at once: those whose compiler options are equal are one program, which
// TypeScript's native compiler checks in half the time of the one that builds the packages.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { workspaceFolders } from './state.mjs';

/** What a `tsconfig.json` says. */
function read(path, problems) {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (d) => problems.push(d),
  };
  const parsed = ts.getParsedCommandLineOfConfigFile(path, {}, host);
  problems.push(...(parsed?.errors ?? []));
  return parsed;
}

/** What must be equal for two projects to be checked as one. */
const keyOf = ({ configFilePath, ...options }) =>
  JSON.stringify(Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1)));

const compiler = join(
  dirname(createRequire(import.meta.url).resolve('typescript-native/package.json')),
  'bin/tsc',
);

/** The errors of one program, as lines. */
function errorsOf(root, { path, names }) {
  // Where the project's own dependencies are found.
  const folder = join(dirname(path), 'node_modules/.cache/types');
  mkdirSync(folder, { recursive: true });
  const config = join(folder, 'tsconfig.json');
  writeFileSync(config, JSON.stringify({ extends: path, include: [], files: [...names] }));
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [compiler, '--noEmit', '--pretty', 'false', '--project', config],
    { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  if (status === 0) return [];
  const said = `${stdout ?? ''}${stderr ?? ''}`.trimEnd();
  return said === '' ? [`${path}: the compiler failed: ${error ?? status}`] : said.split('\n');
}

/**
 * The projects of the repository, those of equal compiler options as one program each.
 *
 * @param root the repository's root, whose own `tsconfig.json` is one of the projects.
 * @param problems takes what is wrong with their configurations.
 */
export function programs(root, problems = []) {
  const groups = new Map();
  for (const folder of ['.', ...workspaceFolders(root)]) {
    const path = join(root, folder, 'tsconfig.json');
    if (!existsSync(path)) continue;
    const parsed = read(path, problems);
    if (parsed === undefined) continue;
    const key = keyOf(parsed.options);
    const group = groups.get(key) ?? { path, options: parsed.options, names: new Set() };
    for (const name of parsed.fileNames) group.names.add(name);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** The errors of every project of the repository, as text; `null` if there is none. */
export function typeErrors(root) {
  const problems = [];
  const groups = programs(root, problems);
  const told = ts
    .formatDiagnostics(problems, {
      getCurrentDirectory: () => root,
      getCanonicalFileName: (name) => name,
      getNewLine: () => '\n',
    })
    .trimEnd();
  const lines = groups.flatMap((group) => errorsOf(root, group));
  // A file that several programs have is checked in each of them.
  const all = [...(told === '' ? [] : [told]), ...new Set(lines)];
  return all.length === 0 ? null : all.join('\n');
}
