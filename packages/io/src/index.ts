// The public face of @dl/io: everything that the package exports.
export type { Saveable } from './encode.js';
export { loadNpy, saveNpy, saveNpyBytes } from './numpy/npy.js';
export { loadNpz, type NpzOptions, saveNpz, saveNpzBytes } from './numpy/npz.js';
export type { FileSource } from './ranges.js';
export { loadSafetensors, openSafetensors, SafetensorsFile } from './safetensors/read.js';
export {
  type SafetensorsOptions,
  saveSafetensors,
  saveSafetensorsBytes,
} from './safetensors/write.js';
export { type LoadSource, load, save, saveBytes } from './save.js';
export { setupSeed } from './seed.js';
