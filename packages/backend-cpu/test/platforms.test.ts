// What is said where there is no binary, on each platform.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noBinary, platforms } from '../src/platforms.js';

describe('platforms', () => {
  it('are those that the package depends on', () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { optionalDependencies: object };
    expect(Object.keys(manifest.optionalDependencies)).toEqual(
      platforms.map((name) => `@dl/backend-cpu-${name}`),
    );
  });
});

describe('without a binary', () => {
  const package_ = /install the optional package @dl\/backend-cpu-/;
  const build = /build one with `npm run build:native`/;

  it.each(platforms)('on %s, the package is named', (platform) => {
    const text = noBinary(platform, true);
    expect(text).toContain(`install the optional package @dl/backend-cpu-${platform} `);
    // Nothing builds it on Windows.
    if (platform === 'win32-x64') expect(text).not.toMatch(build);
    else expect(text).toMatch(build);
  });

  it('on a platform that has no package, none is named', () => {
    expect(noBinary('freebsd-x64', false)).not.toMatch(package_);
    expect(noBinary('freebsd-x64', false)).toMatch(build);
    expect(noBinary('win32-arm64', false)).not.toMatch(package_);
    expect(noBinary('win32-arm64', false)).toContain("core's own loops compute here");
  });

  it('on a Linux without glibc, the addon has to be built', () => {
    const text = noBinary('linux-x64', false);
    expect(text).toMatch(/for glibc, and this system has another C library/);
    expect(text).toMatch(build);
    expect(text).not.toMatch(package_);
  });
});
