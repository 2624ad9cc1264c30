// Which of the packages' sources call operators as methods of tensors, which '@dl/core/functional' has not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { publishedPackages } from './packages.mjs';

// Where the class gets its methods; the functional entry reaches neither.
const withMethods = ['packages/core/src/methods.ts', 'packages/core/src/index.ts'];
const theirs = "import type { TensorMethods } from './tensor-methods.js';";
const plain =
  "import type { EssentialMethods } from './essentials.js'; type TensorMethods<_T> = EssentialMethods;";

/** The compiler's host, to which tensors have only what `@dl/core/functional` gives them. */
function hostOf(root, options, planted) {
  const host = ts.createCompilerHost(options);
  const read = host.getSourceFile;
  const tensor = join(root, 'packages/core/src/tensor.ts');
  host.getSourceFile = (file, ...rest) => {
    if (Object.hasOwn(planted, file)) {
      return ts.createSourceFile(file, planted[file], options.target, true);
    }
    if (file !== tensor) return read(file, ...rest);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(theirs)) throw new Error(`${file} has not "${theirs}"; see methods.mjs`);
    return ts.createSourceFile(file, text.replace(theirs, plain), options.target, true);
  };
  return host;
}

/**
 * A line for every use of a method in the sources of the packages that are built on core, and in core's.
 * `planted` has further files, by path, for the test of this very check.
 */
export function methodCalls(root, planted = {}) {
  const configFile = join(root, 'tsconfig.source.json');
  const config = ts.parseJsonConfigFileContent(
    {
      ...ts.readConfigFile(configFile, ts.sys.readFile).config,
      include: publishedPackages(root)
        .filter(({ binary }) => !binary)
        .map(({ folder }) => `${folder}/src/**/*.ts`),
    },
    ts.sys,
    root,
    { noEmit: true, noUnusedLocals: false },
  );
  const names = [...config.fileNames, ...Object.keys(planted)];
  const program = ts.createProgram(names, config.options, hostOf(root, config.options, planted));
  const outside = withMethods.map((file) => join(root, file));
  return names
    .filter((name) => !outside.includes(name))
    .flatMap((name) => program.getSemanticDiagnostics(program.getSourceFile(name)))
    .map(({ file, start, messageText }) => {
      const { line } = file.getLineAndCharacterOfPosition(start);
      const text = ts.flattenDiagnosticMessageText(messageText, ' ');
      return `${file.fileName.slice(root.length + 1)}:${line + 1}: ${text}`;
    });
}

/**
 * A line for every spread that runs when a module is loaded: a bundler keeps it, and all that it refers to, since a spread may
 * call getters. Spreads in functions run later.
 */
export function loadedSpreads(root, read = (file) => readFileSync(file, 'utf8')) {
  const folders = publishedPackages(root).filter(({ binary }) => !binary);
  const files = folders.flatMap(({ folder }) =>
    ts.sys.readDirectory(join(root, folder, 'src'), ['.ts']),
  );
  // The table of methods is for the entry that has them all.
  const table = join(root, withMethods[0]);
  return files
    .filter((name) => name !== table)
    .flatMap((name) => spreadsIn(name.slice(root.length + 1), read(name)));
}

/** The same of one file. */
export function spreadsIn(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const visit = (node) => {
    if (ts.isFunctionLike(node) || ts.isTypeNode(node)) return;
    if (ts.isSpreadAssignment(node) || ts.isSpreadElement(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(
        `${name}:${line + 1}: ${node.getText()} runs when the module is loaded; use kinds.joined() or a function`,
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}
