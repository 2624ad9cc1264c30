// The platforms with a binary package, and the messages for other platforms.

/** One package each: `@dl/backend-cpu-linux-x64` and so on, listed in `optionalDependencies`. */
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
 * @param platform from `process.platform` and `process.arch`: `linux-x64`.
 * @param glibc whether a Linux has glibc, the C library that the binaries need.
 */
export function noBinary(platform: string, glibc: boolean): string {
  const build = 'build one with `npm run build:native` in @dl/backend-cpu (needs g++ or clang++)';
  if (platform.startsWith('linux-') && !glibc)
    return `the binaries for ${platform} need glibc, and this system has another C library: ${build}`;
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
