// The messages on each platform without a binary.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noBinary, platforms } from '../src/platforms.js';

describe('platforms', () => {
  it("are those in the package's dependencies", () => {
    const manifest = JSON.parse(
      readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
    ) as { optionalDependencies: object };
    expect(Object.keys(manifest.optionalDependencies)).toEqual(
      platforms.map((name) => `@dl/backend-cpu-${name}`),
    );
  });
});

describe('the message without a binary', () => {
  const package_ = /install the optional package @dl\/backend-cpu-/;
  const build = /build one with `npm run build:native`/;

  it.each(platforms)('names the package on %s', (platform) => {
    const text = noBinary(platform, true);
    expect(text).toContain(`install the optional package @dl/backend-cpu-${platform} `);
    // No binary is built on Windows.
    if (platform === 'win32-x64') expect(text).not.toMatch(build);
    else expect(text).toMatch(build);
  });

  it('names no package on an unsupported platform', () => {
    expect(noBinary('freebsd-x64', false)).not.toMatch(package_);
    expect(noBinary('freebsd-x64', false)).toMatch(build);
    expect(noBinary('win32-arm64', false)).not.toMatch(package_);
    expect(noBinary('win32-arm64', false)).toContain("core's own loops compute here");
  });

  it('says on a Linux without glibc that the addon has to be built', () => {
    const text = noBinary('linux-x64', false);
    expect(text).toMatch(/need glibc, and this system has another C library/);
    expect(text).toMatch(build);
    expect(text).not.toMatch(package_);
  });
});
