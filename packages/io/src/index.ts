// The public exports of @dl/io.
export type { Bytes } from './bytes/bytes.js';
export type { SaveTarget } from './bytes/sink.js';
export type { FileHandleLike, LoadSource, WritableFileLike } from './bytes/source.js';
export {
  type Checkpoint,
  type CheckpointInfo,
  type CheckpointParts,
  loadCheckpoint,
  type Stateful,
  saveCheckpoint,
} from './checkpoint.js';
export { download } from './download.js';
export { loadNpy, saveNpy, saveNpyBytes } from './numpy/npy.js';
export { loadNpz, type NpzOptions, saveNpz, saveNpzBytes } from './numpy/npz.js';
export type { LoadOptions } from './options.js';
export { Placeholder, TensorPlaceholder } from './placeholder.js';
export { loadSafetensors, openSafetensors, SafetensorsFile } from './safetensors/read.js';
export {
  type SafetensorsOptions,
  saveSafetensors,
  saveSafetensorsBytes,
} from './safetensors/write.js';
export { load, save, saveBytes } from './save.js';
export type { Saveable } from './saveable.js';
export { setupSeed } from './seed.js';
