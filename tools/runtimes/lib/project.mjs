// A project of files alone: the packages as they are packed, the suite, and programs that use them.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { publishedPackages } from '../../scripts/lib/packages.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Copies, since Wine does not see where a link leads: two links would be two copies of core. */
export function assemble(home) {
  const project = join(home, 'project');
  rmSync(project, { recursive: true, force: true });
  const modules = join(project, 'node_modules');
  const copy = (from, to) => cpSync(from, to, { recursive: true, dereference: true });
  for (const { name, folder } of publishedPackages(root)) {
    for (const part of ['package.json', 'dist', 'prebuilds']) {
      const from = join(root, folder, part);
      if (existsSync(from)) copy(from, join(modules, name, part));
    }
  }
  copy(join(root, 'packages/io/node_modules/fflate'), join(modules, 'fflate'));
  for (const part of ['dist', 'fixtures', 'package.json']) {
    copy(join(root, 'tools/conformance', part), join(project, 'conformance', part));
  }
  const programs = join(root, 'tools/runtimes/programs');
  copy(join(programs, 'workers.mjs'), join(project, 'workers.mjs'));
  copy(join(programs, 'files.mjs'), join(project, 'files.mjs'));
  const source = readFileSync(join(root, 'tools/release-proof/programs/all.ts'), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  });
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, 'all.mjs'), outputText);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }\n');
  return project;
}
