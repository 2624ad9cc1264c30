// @dl/data: datasets and the data loader.
export type { DatasetLike } from './arguments.js';
export { defaultCollate } from './collate.js';
export {
  ConcatDataset,
  type Dataset,
  randomSplit,
  type Slices,
  Subset,
  TensorDataset,
} from './dataset.js';
export {
  type Collated,
  DataLoader,
  type DataLoaderOptions,
  type DataLoaderState,
} from './loader.js';
export {
  type ProgressElement,
  type ProgressOptions,
  type ProgressOutput,
  progress,
} from './progress.js';
