// The platforms that have a package with their binary, and what is said where there is none.

/** One package each: `@dl/backend-cpu-linux-x64` and so on; `optionalDependencies` names them. */
export const platforms: readonly string[] = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-x64',
  'win32-x64',
];

/**
 * Why there is no binary, and what to do.
 *
 * @param platform as `process.platform` and `process.arch` have it: `linux-x64`.
 * @param glibc whether a Linux has the C library that the packages' binaries are for.
 */
export function noBinary(platform: string, glibc: boolean): string {
  const build = 'build one with `npm run build:native` in @dl/backend-cpu (needs g++ or clang++)';
  if (platform.startsWith('linux-') && !glibc)
    return `the binaries for ${platform} are for glibc, and this system has another C library: ${build}`;
  if (platforms.includes(platform)) {
    const install = `install the optional package @dl/backend-cpu-${platform} (npm leaves it out with --omit=optional)`;
    // Windows' binary comes from a cross compiler.
    const rest = platform.startsWith('win32-') ? '' : `, or ${build}`;
    return `there is no binary for ${platform}: ${install}${rest}`;
  }
  const known = `there are packages for ${platforms.join(', ')}`;
  const fix = platform.startsWith('win32-') ? "core's own loops compute here" : build;
  return `there is no binary for ${platform} (${known}): ${fix}`;
}
