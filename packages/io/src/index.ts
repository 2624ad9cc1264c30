// The public face of @dl/io: everything that the package exports.
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
export { load, save, saveBytes } from './save.js';
export type { Saveable } from './saveable.js';
export { setupSeed } from './seed.js';
