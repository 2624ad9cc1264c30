// Whether the system has what Windows lacks: links without privileges, permission bits, pipes and devices as files.

/** Tests of these run if this is true; CI requires it on Linux and macOS by `DL_REQUIRE_POSIX=1`. */
export const posix = process.platform !== 'win32' || process.env.DL_REQUIRE_POSIX === '1';
if (!posix) {
  console.warn(
    'Windows has no permission bits, pipes and devices as files: the tests of saving on them are not run here.',
  );
}
