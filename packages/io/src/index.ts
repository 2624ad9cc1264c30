// The public face of @dl/io: everything that the package exports.
export type { Saveable } from './encode.js';
export { type LoadSource, load, save, saveBytes } from './save.js';
export { setupSeed } from './seed.js';
