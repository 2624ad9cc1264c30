// The rules on imports: which package may import which, and no cycles between a package's files.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { importsOf } from './imports.mjs';
import { workspaceFolders } from './state.mjs';

/** What each published package may import of the others: the table in docs/ARCHITECTURE.md. */
export const arrows = {
  '@dl/core': [],
  '@dl/backend-cpu': ['@dl/core'],
  '@dl/backend-webgpu': ['@dl/core'],
  '@dl/backend-cuda': [
    '@dl/core',
    '@dl/backend-cuda-linux-arm64',
    '@dl/backend-cuda-linux-x64',
    '@dl/backend-cuda-win32-x64',
  ],
  // Binaries, without any source.
  '@dl/backend-cuda-linux-arm64': [],
  '@dl/backend-cuda-linux-x64': [],
  '@dl/backend-cuda-win32-x64': [],
  '@dl/nn': ['@dl/core'],
  '@dl/optim': ['@dl/core'],
  '@dl/losses': ['@dl/core'],
  '@dl/data': ['@dl/core'],
  '@dl/io': ['@dl/core', '@dl/nn'],
};

/** Files that may import types of a file that imports them: what a class's methods are made of, whose first argument it is. */
const mayCircle = new Set(
  [
    'buffers',
    'forward',
    'hooks',
    'members',
    'module-arguments',
    'state',
    'to-device',
    'traversal',
  ].map((name) => `packages/nn/src/${name}.ts`),
);

const sourceFile = /\.(?:[cm]?ts|tsx|[cm]?js)$/;
const skipped = new Set(['node_modules', 'dist', 'build', 'fixtures', '.turbo']);

/** Every source file below a folder, except in projects with a manifest of their own. */
function sources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const other = skipped.has(entry.name) || existsSync(join(path, 'package.json'));
      return other ? [] : sources(path);
    }
    return sourceFile.test(entry.name) ? [path] : [];
  });
}

/** `@dl/io/x` gives `@dl/io`, `fflate/y` gives `fflate`. */
export function packageOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** The source file that a relative specifier means: `./a.js` is `a.ts`. */
function resolveSource(from, specifier) {
  const path = resolve(dirname(from), specifier);
  const stem = path.replace(/\.([cm]?)js$/, '.$1ts');
  const tries = [stem, path, `${path}.ts`, join(path, 'index.ts')];
  return tries.find((file) => sourceFile.test(file) && existsSync(file));
}

function readPackage(root, folder) {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const meta = manifest.peerDependenciesMeta ?? {};
  const peers = Object.keys(manifest.peerDependencies ?? {});
  return {
    folder,
    name: manifest.name,
    published: folder.startsWith('packages/'),
    needed: new Set([
      ...Object.keys(manifest.dependencies ?? {}),
      ...peers.filter((name) => !meta[name]?.optional),
    ]),
    optional: new Set([
      ...peers.filter((name) => meta[name]?.optional),
      ...Object.keys(manifest.optionalDependencies ?? {}),
    ]),
    development: new Set(Object.keys(manifest.devDependencies ?? {})),
  };
}

/** Whether a package is the binary of another one for a platform: `@dl/backend-cpu-linux-x64`. */
export const binaryOf = (name) => /^(@dl\/backend-\w+)-(?:linux|darwin|win32)-\w+$/.exec(name)?.[1];

/** Problems of a package's manifest: its declared dependencies must follow the arrows too. */
function checkManifest(pkg, internal) {
  if (!pkg.published) return [];
  const at = `${pkg.folder}/package.json`;
  const allowed = arrows[pkg.name] ?? (binaryOf(pkg.name) ? [] : undefined);
  if (!allowed) return [`${at}: ${pkg.name} has no line in the table of arrows (arrows.mjs).`];
  return [...pkg.needed, ...pkg.optional]
    .filter((name) => internal.has(name) && !allowed.includes(name) && binaryOf(name) !== pkg.name)
    .map((name) => `${at}: ${pkg.name} must not depend on ${name}.`);
}

/** The problem of importing a package by name from a file, or `undefined`. */
function checkBare(pkg, { specifier, typeOnly, dynamic }, { inSource, internal, shared }) {
  const name = packageOf(specifier);
  const kind = typeOnly ? 'import the types of' : 'import';
  if (isBuiltin(specifier)) {
    return inSource && pkg.name === '@dl/core'
      ? `@dl/core must not import ${specifier}: it runs in browsers too.`
      : undefined;
  }
  if (name === pkg.name) {
    return inSource ? `${name} must not import itself by name: use a relative path.` : undefined;
  }
  if (inSource && pkg.published && internal.has(name) && !arrows[pkg.name]?.includes(name)) {
    return `${pkg.name} must not ${kind} ${name}.`;
  }
  if (inSource && pkg.published && specifier === '@dl/core') {
    return `${pkg.name} must import '@dl/core/functional': '@dl/core' brings every operator as a method into each bundle.`;
  }
  if (pkg.needed.has(name)) return undefined;
  if (pkg.optional.has(name)) {
    return !inSource || typeOnly || dynamic
      ? undefined
      : `${name} is optional for ${pkg.name}: import its types only, or use await import('${name}').`;
  }
  // A published package's own code runs without its development dependencies.
  const development = !(inSource && pkg.published);
  if (development && (pkg.development.has(name) || shared.has(name))) return undefined;
  return `${name} is not declared in ${pkg.folder}/package.json.`;
}

/** The cycles among files, each as a closed path; one for each group of files that reach each other. */
export function findCycles(graph) {
  const cycles = [];
  const done = new Set();
  const reported = new Set();
  const visit = (file, path) => {
    const start = path.indexOf(file);
    if (start >= 0) {
      const cycle = path.slice(start);
      const key = [...cycle].sort().join('\n');
      if (!reported.has(key)) cycles.push([...cycle, file]);
      reported.add(key);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** Checks every package, app and tool below `root`; returns one line for each problem. */
export function checkRepository(root) {
  const packages = workspaceFolders(root).map((folder) => readPackage(root, folder));
  const internal = new Set([...Object.keys(arrows), ...packages.map((pkg) => pkg.name)]);
  const rootManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const shared = new Set(Object.keys(rootManifest.devDependencies ?? {}));
  const problems = [];
  let files = 0;
  for (const pkg of packages) {
    const base = join(root, pkg.folder);
    problems.push(...checkManifest(pkg, internal));
    const graph = new Map();
    for (const file of sources(base)) {
      files++;
      const inside = relative(base, file).split(sep).join('/');
      const inSource = inside.startsWith('src/');
      const edges = [];
      for (const found of importsOf(file, readFileSync(file, 'utf8'))) {
        const at = `${pkg.folder}/${inside}:${found.line}:`;
        if (!/^\.{1,2}(?:\/|$)/.test(found.specifier)) {
          const problem = checkBare(pkg, found, { inSource, internal, shared });
          if (problem) problems.push(`${at} ${problem}`);
          continue;
        }
        const target = resolve(dirname(file), found.specifier);
        const owner = packages.find((other) => target.startsWith(join(root, other.folder) + sep));
        if (owner && owner !== pkg) {
          problems.push(
            `${at} ${found.specifier} reaches into ${owner.folder}: import ${owner.name}.`,
          );
        } else if (!owner && inSource && target !== base) {
          problems.push(`${at} ${found.specifier} leaves ${pkg.folder}.`);
        } else if (inSource) {
          const source = resolveSource(file, found.specifier);
          if (source && !(found.typeOnly && mayCircle.has(`${pkg.folder}/${inside}`))) {
            edges.push(source);
          }
        }
      }
      if (inSource) graph.set(file, edges);
    }
    for (const cycle of findCycles(graph)) {
      const names = cycle.map((file) => relative(base, file).split(sep).join('/'));
      problems.push(`${pkg.folder}: import cycle ${names.join(' -> ')}.`);
    }
  }
  return { problems, files };
}
