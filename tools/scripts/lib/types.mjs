// The type check of all packages, apps and tools at once: those whose compiler options are equal are one program.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
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

/** Files that several programs have are read and parsed once. */
function sharedHost(options, files) {
  const host = ts.createCompilerHost(options);
  const plain = host.getSourceFile;
  host.getSourceFile = (name, settings, ...rest) => {
    const key = `${name} ${settings.impliedNodeFormat ?? ''}`;
    if (!files.has(key)) files.set(key, plain(name, settings, ...rest));
    return files.get(key);
  };
  return host;
}

/**
 * The errors of every project of the repository, as text; `null` if there is none.
 *
 * @param root the repository's root, whose own `tsconfig.json` is one of the projects.
 */
export function typeErrors(root) {
  const problems = [];
  const groups = new Map();
  for (const folder of ['.', ...workspaceFolders(root)]) {
    const path = join(root, folder, 'tsconfig.json');
    if (!existsSync(path)) continue;
    const parsed = read(path, problems);
    if (parsed === undefined) continue;
    const key = keyOf(parsed.options);
    const group = groups.get(key) ?? { options: parsed.options, names: new Set() };
    for (const name of parsed.fileNames) group.names.add(name);
    groups.set(key, group);
  }
  const files = new Map();
  for (const { options, names } of groups.values()) {
    const host = sharedHost(options, files);
    const program = ts.createProgram({ rootNames: [...names], options, host });
    problems.push(...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics());
    // Each file in the program that it belongs to, and not again wherever it is imported.
    for (const name of names) {
      const file = program.getSourceFile(name);
      problems.push(
        ...program.getSyntacticDiagnostics(file),
        ...program.getSemanticDiagnostics(file),
        ...program.getDeclarationDiagnostics(file),
      );
    }
  }
  if (problems.length === 0) return null;
  return ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(problems), {
    getCurrentDirectory: () => root,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  });
}
