// What is published, held against what a package must be: ranges, scripts, publint, types, size.
import { gunzipSync } from 'node:zlib';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { published } from './registry.mjs';
import { must } from './shell.mjs';

const installScripts = ['preinstall', 'install', 'postinstall', 'prepare'];

// TypeScript's `node10` reads no `exports`, so it finds a package's main entry and no other one.
const counts = ({ kind, resolutionKind, entrypoint }) =>
  !(kind === 'NoResolution' && resolutionKind === 'node10' && entrypoint !== '.');

async function lintPackage(folder, { manifest, tarball }) {
  const bytes = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true });
  const problems = messages.map((message) => `publint: ${formatMessage(message, pkg)}`);
  for (const script of installScripts) {
    if (manifest.scripts?.[script]) problems.push(`has a script ${script}`);
  }
  if (manifest.gypfile || manifest.hasInstallScript) problems.push('is built when installed');
  for (const group of ['dependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const [other, range] of Object.entries(manifest[group] ?? {})) {
      if (/^(workspace|catalog|link|file):/.test(range)) problems.push(`${other}: ${range}`);
    }
  }
  if (!manifest.exports['.']) return problems;
  const types = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  if (!types.types) problems.push('attw: no types');
  else
    problems.push(...types.problems.filter(counts).map((each) => `attw: ${JSON.stringify(each)}`));
  return problems.map((text) => `${folder}: ${text}`);
}

/** Bytes of a package's files, from its tarball: not every client tells the registry of them. */
function unpackedSize(tarball) {
  const tar = gunzipSync(tarball);
  let total = 0;
  for (let at = 0; at < tar.length && tar[at] !== 0; ) {
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8);
    must(Number.isInteger(size), `a tarball's entry at byte ${at} has no size`);
    const isFile = tar[at + 156] === 0 || tar[at + 156] === 0x30;
    if (isFile) total += size;
    at += 512 * (1 + Math.ceil(size / 512));
  }
  return total;
}

/** Checks the newest version of each package; gives their sizes in bytes. */
export async function checkPublished(url, packages) {
  const problems = [];
  const sizes = {};
  for (const { name, binary } of packages) {
    const found = await published(url, name);
    problems.push(...(await lintPackage(name, found)));
    // A binary's size depends on the compiler of the machine.
    if (!binary) {
      sizes[name] = { tarball: found.tarball.length, unpacked: unpackedSize(found.tarball) };
    }
  }
  must(problems.length === 0, problems.join('\n'));
  return sizes;
}
