// The build settings that every published package shares: ESM, an entry for require, and declarations.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { defineConfig, type Options } from 'tsup';

/**
 * Gives classes their names back. A class that mentions itself becomes `var Linear = class _Linear`
 * in a bundle, and its name is printed and stands in messages. (esbuild's own `keepNames` calls a
 * function for every closure that is made, which is slow, and none of it can be shaken off.)
 */
const classNames: NonNullable<Options['plugins']>[number] = {
  name: 'class-names',
  renderChunk(code, { map }) {
    let named = code;
    for (const [, name] of code.matchAll(/^var (\w+) = class _\1 /gm)) {
      named = named.replace(new RegExp(`(?<![\\w$.])_${name}(?![\\w$])`, 'g'), name);
    }
    return { code: named, map };
  },
};

/**
 * Gives exported classes their names as a property, which a minifier keeps: they are printed and stand in messages.
 * A class that extends one of them has a name of its own again, and what has a `static name` keeps it.
 */
export const shownNames: NonNullable<Options['plugins']>[number] = {
  name: 'shown-names',
  renderChunk(code, { map }) {
    if (this.format !== 'esm') return undefined;
    const [, list = ''] = /^export \{\n([^}]*)\};$/m.exec(code) ?? [];
    const exported = new Set(list.split(',').map((name) => name.trim()));
    const named = code.replace(
      // On the line of the class, so that the source map still fits.
      /^(var (\w+) = class (?:\w+ )?(?:extends \w+ )?\{)$/gm,
      (head, _, name) => (exported.has(name) ? `${head} static name = "${name}";` : head),
    );
    return { code: named, map };
  },
};

/** Lets bundlers drop `export * as x` where nobody reads it: the object is made by one pure call. */
const pureNamespaces: NonNullable<Options['plugins']>[number] = {
  name: 'pure-namespaces',
  renderChunk(code, { map }) {
    const made = code.replace(
      /^var (\w+_exports) = \{\};\n__export\(\1, (\{\n[^}]*\})\);$/gm,
      (_, name, getters) =>
        `var ${name} = /* @__PURE__ */ ((all, to) => (__export(to, all), to))(\n${getters}, {});`,
    );
    return { code: made, map };
  },
};

const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'));

/** What `require` gets: the ES module itself, so that a process never holds two copies of a package. */
const requireEntry = (
  file: string,
) => `// What require() gets: the ES module itself, so that there is one copy of it.
'use strict';
try {
  module.exports = require('./${file}');
} catch (error) {
  const missing = /Cannot find package '([^']+)'/.exec(error.message);
  if (error.code === 'ERR_REQUIRE_ESM') {
    const [major, minor] = process.versions.node.split('.').map(Number);
    if (major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19)) {
      throw new Error(typeof jest === 'object' || process.env.JEST_WORKER_ID !== undefined
        ? '${name} is an ES module, which Jest loads only with NODE_OPTIONS=--experimental-vm-modules, in tests that are ES modules (https://jestjs.io/docs/ecmascript-modules)'
        : '${name} is an ES module, and here require() does not load those: use import, or take --no-experimental-require-module out of the options of Node and of NODE_OPTIONS', { cause: error });
    }
    throw new Error('${name} needs Node 20.19 or 22.12 or later, this is Node ' + process.versions.node + '; install a newer one (https://nodejs.org)', { cause: error });
  }
  if (error.code === 'ERR_MODULE_NOT_FOUND' && missing) {
    throw new Error('${name} needs ' + missing[1] + ', which is not installed; npm install ' + missing[1], { cause: error });
  }
  throw error;
}
`;

/** Puts the short entry in the place of a second build as CommonJS, of which the declarations remain. */
const oneCopy: NonNullable<Options['plugins']>[number] = {
  name: 'one-copy',
  renderChunk(_, { path }) {
    if (this.format !== 'cjs') return undefined;
    return { code: requireEntry(basename(path).replace(/\.cjs$/, '.js')) };
  },
};

/** Settings of a library: `dist/index.js`, `dist/index.cjs` and a declaration file for each. */
export function library({ plugins = [], ...options }: Options = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    dts: true,
    target: ['es2022', 'node20'],
    platform: 'neutral',
    tsconfig: 'tsconfig.build.json',
    sourcemap: true,
    clean: true,
    silent: true,
    define: { DL_CORE_VERSION: JSON.stringify(version) },
    plugins: [classNames, ...plugins, pureNamespaces, oneCopy],
    esbuildOptions: (esbuild, { format }) => {
      if (format === 'cjs') esbuild.sourcemap = false;
    },
    ...options,
  });
}

/** Settings of a program that is run, not imported: `dist/main.js`, ESM, no declarations. */
export function program(options: Options = {}) {
  return defineConfig({
    entry: ['src/main.ts'],
    format: ['esm'],
    target: ['es2022', 'node20'],
    platform: 'node',
    tsconfig: 'tsconfig.build.json',
    sourcemap: true,
    clean: true,
    silent: true,
    plugins: [classNames],
    ...options,
  });
}
