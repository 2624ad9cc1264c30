// Whether the system has what Windows lacks: links without rights, permission bits, pipes and devices as files.

/** Tests on these run where this is true; CI requires that on Linux and macOS by `DL_REQUIRE_POSIX=1`. */
export const posix = process.platform !== 'win32' || process.env.DL_REQUIRE_POSIX === '1';
if (!posix) {
  console.warn(
    'Windows has no permission bits, pipes and devices as files: the tests of saving on them are not run here.',
  );
}
