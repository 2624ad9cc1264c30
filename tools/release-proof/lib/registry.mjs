// A registry on the loopback address: what is published to it stays there; the rest it gets from npm's own.
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { freePort } from '../../scripts/lib/free-port.mjs';
import { run } from './shell.mjs';

const require = createRequire(import.meta.url);

/** Starts verdaccio in a folder; gives its address, the settings of npm that lead to it, and `stop`. */
export async function startRegistry(folder) {
  mkdirSync(folder, { recursive: true });
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd: folder });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const anyone = { access: '$all', publish: '$all', unpublish: '$all' };
  const config = {
    storage: join(folder, 'storage'),
    auth: { htpasswd: { file: join(folder, 'htpasswd') } },
    uplinks: { upstream: { url: stdout.trim() } },
    // No proxy for our own: they come from here or not at all.
    packages: { '@dl/*': anyone, '**': { access: '$all', proxy: 'upstream' } },
    middlewares: {},
    max_body_size: '100mb',
    log: { type: 'file', path: join(folder, 'log'), level: 'warn' },
  };
  // YAML takes JSON.
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(config));
  const program = join(dirname(require.resolve('verdaccio/package.json')), 'bin/verdaccio');
  const args = [program, '--config', join(folder, 'config.yaml'), '--listen', `127.0.0.1:${port}`];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'ignore' });
  const stop = () => child.kill();
  process.on('exit', stop);
  for (let tries = 0; ; tries++) {
    try {
      if ((await fetch(`${url}-/ping`)).ok) break;
    } catch {}
    if (tries > 150 || child.exitCode !== null) throw new Error('verdaccio did not start.');
    await new Promise((done) => setTimeout(done, 200));
  }
  const npmrc = join(folder, 'npmrc');
  writeFileSync(
    npmrc,
    `registry=${url}\n//127.0.0.1:${port}/:_authToken=nobody\ncache=${join(folder, 'cache')}\n` +
      'audit=false\nfund=false\nupdate-notifier=false\n',
  );
  // The last one keeps a version of an earlier proof out of pnpm's store.
  const env = {
    npm_config_userconfig: npmrc,
    NPM_CONFIG_USERCONFIG: npmrc,
    npm_config_registry: url,
    pnpm_config_registry: url,
    npm_config_provenance: 'false',
  };
  return { url, env, stop };
}

/** What a registry has of a package: its newest version's manifest, and the bytes of its tarball. */
export async function published(url, name, version = 'latest') {
  const all = await (await fetch(`${url}${name.replace('/', '%2f')}`)).json();
  const manifest = all.versions?.[all['dist-tags']?.[version] ?? version];
  if (!manifest) throw new Error(`${name}@${version} was not published.`);
  const tarball = Buffer.from(await (await fetch(manifest.dist.tarball)).arrayBuffer());
  return { manifest, tarball };
}
