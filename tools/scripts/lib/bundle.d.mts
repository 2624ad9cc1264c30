// The types of bundle.mjs, for the tests in TypeScript.

/** The file, from the built packages, and its size in bytes, gzipped too. */
export function bundle(
  root: string,
): Promise<{ contents: Uint8Array; bytes: number; gzipped: number }>;
