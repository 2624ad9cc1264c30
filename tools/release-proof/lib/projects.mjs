// Empty projects that install from the registry and run programs the ways a user does.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { must, node, run } from './shell.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
export const sourceOf = (program) => join(here, '..', 'programs', `${program}.ts`);

/** An empty folder with a manifest, as `npm init` leaves it, into which packages are installed. */
export async function install(folder, packages, env, type = 'module') {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'empty', private: true, type }),
  );
  await run('npm', ['install', ...packages], { cwd: folder, env });
  const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'));
  const all = Object.entries(lock.packages).filter(([path]) => path !== '');
  const scripted = all.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path);
  must(scripted.length === 0, `packages with install scripts: ${scripted}`);
  // What npm leaves out because it is for another platform stands in its lockfile all the same.
  const { stdout } = await run('npm', ['ls', '--all', '--json'], { cwd: folder, env });
  return tree(JSON.parse(stdout));
}

/** `name@version` of everything that is installed, sorted. */
function tree({ dependencies = {} }, found = new Set()) {
  for (const [name, entry] of Object.entries(dependencies)) {
    if (!entry.version) continue;
    found.add(`${name}@${entry.version}`);
    tree(entry, found);
  }
  return [...found].sort();
}

async function trains(file, folder, how) {
  const { stdout } = await node([file], { cwd: folder });
  must(stdout.trim() === 'trained', `${how}: said ${stdout}`);
}

function transpile(program, module) {
  const options = { module, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: false };
  const source = readFileSync(sourceOf(program), 'utf8');
  return ts.transpileModule(source, { compilerOptions: options }).outputText;
}

const strict = {
  strict: true,
  skipLibCheck: false,
  target: 'ES2022',
  // No types of Node or of browsers: a declaration that needs them would not compile. @dl/io takes URLs,
  // blobs and streams, which come with either.
  lib: ['ES2022'],
  types: [],
  outDir: 'out',
  rootDir: '.',
};
const libOf = (program) => (program === 'all' ? { lib: ['ES2022', 'DOM'] } : {});
const compilers = [
  { how: 'node16, ES module', file: 'a.mts', out: 'a.mjs', options: { module: 'node16' } },
  { how: 'node16, CommonJS', file: 'a.cts', out: 'a.cjs', options: { module: 'node16' } },
  {
    how: 'bundler',
    file: 'a.ts',
    out: 'a.js',
    options: { module: 'esnext', moduleResolution: 'bundler' },
  },
];

/** Compiles a program that is in a project, one of the ways, and gives the file that it became. */
async function compile(folder, program, { file, out, options }, compiler = tsc) {
  cpSync(sourceOf(program), join(folder, file));
  const config = { compilerOptions: { ...strict, ...libOf(program), ...options }, files: [file] };
  const path = join(folder, `tsconfig.${out}.json`);
  writeFileSync(path, JSON.stringify(config));
  await node([compiler, '-p', path], { cwd: folder });
  return join(folder, 'out', out);
}

/** The oldest TypeScript that reads the declarations, those before and after arrays had types of their buffers, the newest. */
const versionsOfTypeScript = ['5.2.2', '5.6.3', '5.7.3', '6.0.3', '7.0.2'];

/** Compiles a program of a project with other versions of TypeScript, and runs what they make; gives the versions. */
export async function compilesWithOthers(folder, program, env) {
  for (const version of versionsOfTypeScript) {
    const home = join(folder, '..', `typescript-${version}`);
    await install(home, [`typescript@${version}`], env);
    const compiler = join(home, 'node_modules/typescript/bin/tsc');
    for (const way of compilers) {
      const how = `TypeScript ${version}, ${way.how}`;
      await trains(await compile(folder, program, way, compiler), folder, how);
    }
  }
  return versionsOfTypeScript;
}

/** Runs a program of `programs` in a project: as ESM, as CommonJS, and compiled three ways. */
export async function runEveryWay(folder, program) {
  const done = [];
  for (const [file, module, how] of [
    ['run.mjs', ts.ModuleKind.ESNext, 'ESM'],
    ['run.cjs', ts.ModuleKind.CommonJS, 'CommonJS'],
  ]) {
    writeFileSync(join(folder, file), transpile(program, module));
    await trains(join(folder, file), folder, how);
    done.push(how);
  }
  for (const way of compilers) {
    await trains(await compile(folder, program, way), folder, way.how);
    done.push(`TypeScript ${way.how}`);
  }
  return done;
}
