// Type-checks a snippet against the built declarations with the repository's TypeScript.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from './root.mjs';

/** 'compiles', or the first errors. */
export async function compiles(source) {
  const file = join(root, 'field-snippet.ts'); // never written: the host below holds its text
  const paths = {};
  for (const name of ['core', 'nn', 'optim', 'losses', 'data', 'io', 'backend-cpu']) {
    paths[`@dl/${name}`] = [join(root, 'packages', name, 'dist', 'index.d.ts')];
  }
  paths['@dl/core/functional'] = [join(root, 'packages/core/dist/functional.d.ts')];
  const options = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts', 'lib.dom.d.ts'],
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: [],
    paths,
  };
  const text = `${source}\nexport {};\n`;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, readFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === file
      ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2022)
      : getSourceFile.call(host, name, ...rest);
  host.readFile = (name) => (name === file ? text : readFile.call(host, name));
  host.fileExists = (name) => name === file || fileExists.call(host, name);
  if (!existsSync(paths['@dl/core'][0])) throw new Error('no declarations in packages/core/dist');
  const program = ts.createProgram([file], options, host);
  const found = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
  if (found.length === 0) return 'compiles';
  return found
    .slice(0, 3)
    .map((d) => `TS${d.code}: ${ts.flattenDiagnosticMessageText(d.messageText, ' ').slice(0, 90)}`)
    .join('; ');
}
