// What the manifest of every published package must say, and the list of them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { binaryOf } from './arrows.mjs';

/** The published packages of a repository: name, folder, manifest, and whether it is only a binary. */
export function publishedPackages(root) {
  return readdirSync(join(root, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      return {
        name: manifest.name,
        folder,
        manifest,
        binary: binaryOf(manifest.name) !== undefined,
      };
    })
    .filter(({ manifest }) => !manifest.private);
}

const installScripts = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
const engines = '^20.19.0 || >=22.12.0';

/** Problems of one entry of `exports`: conditions in an order that every tool reads alike. */
function checkEntry(say, key, entry) {
  if (typeof entry === 'string') return;
  const names = Object.keys(entry);
  for (const condition of ['import', 'require']) {
    if (!names.includes(condition)) say(`exports["${key}"] has no condition ${condition}`);
  }
  // The first one that fits is taken.
  const special = names.filter((name) => !['import', 'require', 'default'].includes(name));
  if (special.some((_, i) => names[i] !== special[i])) {
    say(`exports["${key}"]: ${special.join(', ')} must come before import and require`);
  }
  for (const [condition, target] of Object.entries(entry)) {
    if (Object.keys(target)[0] !== 'types')
      say(`exports["${key}"].${condition}: types must be first`);
  }
  if (entry.import?.types === entry.require?.types) {
    say(`exports["${key}"]: import and require need declarations of their own`);
  }
}

/** Problems of a published package, each a sentence that begins with its folder. */
export function checkPackage(root, { name, folder, manifest, binary }) {
  const problems = [];
  const say = (text) => problems.push(`${folder}/package.json: ${text}.`);
  const must = (is, text) => is || say(text);
  must(manifest.license === 'MIT', 'license must be MIT');
  must(manifest.description?.length > 20, 'description is missing');
  must(manifest.keywords?.length >= 3, 'keywords: at least three');
  must(manifest.repository?.directory === folder, `repository.directory must be ${folder}`);
  must(manifest.type === 'module', 'type must be module');
  must(manifest.sideEffects !== undefined, 'sideEffects is missing');
  must(manifest.engines?.node === engines, `engines.node must be ${engines}`);
  must(manifest.publishConfig?.access === 'public', 'publishConfig.access must be public');
  must(manifest.files?.includes('CHANGELOG.md'), 'files must have CHANGELOG.md');
  for (const script of installScripts) must(!manifest.scripts?.[script], `no script ${script}`);
  for (const [group, range] of [
    ['dependencies', /^(workspace:\^|catalog:)$/],
    ['optionalDependencies', /^workspace:\*$/],
  ]) {
    for (const [other, wanted] of Object.entries(manifest[group] ?? {})) {
      must(range.test(wanted), `${group}: ${other} must not be ${wanted}`);
    }
  }
  if (binary) {
    const [os, cpu] = name.slice(`${binaryOf(name)}-`.length).split('-');
    must(manifest.os?.join() === os && manifest.cpu?.join() === cpu, `os and cpu: ${os}, ${cpu}`);
    must(manifest.scripts?.prepack?.includes('check-binary'), 'prepack must run check-binary.mjs');
  } else {
    must(manifest.files?.includes('dist'), 'files must have dist');
    must(manifest.exports?.['./package.json'] === './package.json', 'exports: ./package.json');
    for (const [key, entry] of Object.entries(manifest.exports ?? {})) checkEntry(say, key, entry);
  }
  const readme = join(root, folder, 'README.md');
  const text = existsSync(readme) ? readFileSync(readme, 'utf8') : '';
  if (!text.startsWith(`# ${name}\n`))
    problems.push(`${folder}/README.md: must begin with # ${name}.`);
  if (!binary && !/^```ts$/m.test(text))
    problems.push(`${folder}/README.md: has no example that runs.`);
  return problems;
}

/** Problems of all published packages, and of what the releases are told about them. */
export function checkPackages(root) {
  const packages = publishedPackages(root);
  const { fixed } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8'));
  const owners = new Set(packages.filter((p) => p.binary).map((p) => binaryOf(p.name)));
  const unversioned = [...owners].filter(
    (name) => !fixed.some((group) => group.join() === `${name},${name}-*`),
  );
  const problems = [
    ...packages.flatMap((each) => checkPackage(root, each)),
    ...unversioned.map(
      (name) => `.changeset/config.json: fixed must have ["${name}", "${name}-*"], its binaries.`,
    ),
  ];
  return { problems, count: packages.length };
}
