// Options of PyTorch that are not supported here, and what to write instead.

/** What to write instead, each with the names it applies to. */
const sentences: readonly (readonly [names: string, sentence: string])[] = [
  ['inplace', "methods that end in '_', such as x.relu_(), write into their tensor"],
  ['out', 'the result is a new tensor; y.copy_(result) writes it into another one'],
  ['sparse sparseGrad layout', 'tensors and gradients are dense; leave it out'],
  ['pinMemory pinMemoryDevice nonBlocking', 'pinned memory is not supported; leave it out'],
  ['memoryFormat', 'only one memory format is supported; leave it out'],
  ['foreach fused capturable', 'the only implementation is the fused one; leave it out'],
  ['differentiable', 'optimizer steps are not recorded; compute them with grad() and createGraph'],
  ['sizeAverage reduce', "write reduction: 'mean', 'sum' or 'none'"],
  [
    'numWorkers prefetchFactor persistentWorkers workerInitFn multiprocessingContext',
    'batches are created in the main thread; leave it out, or load items in an async get',
  ],
  ['outInt32', 'indices are int32 already; leave it out'],
  ['outDtype', 'the result has the dtype of its operands; call to() on the result'],
  ['isGradsBatched', 'call grad() once for each of them'],
  ['useReentrant', 'checkpoints are never reentrant; leave it out'],
  ['enableNestedTensor maskCheck', 'nested tensors are not supported; leave it out'],
];

/** The name in camelCase: PyTorch's spelling `pin_memory` is the same option. */
const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

/** What to write instead of one of PyTorch's options; null for any other name. */
export function instead(name: string): string | null {
  const wanted = camel(name);
  return sentences.find(([names]) => names.split(' ').includes(wanted))?.[1] ?? null;
}
