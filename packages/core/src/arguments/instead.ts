// Options that PyTorch has and this library has not, and what to write instead.

/** What is true of them, each with their names. */
const sentences: readonly (readonly [names: string, sentence: string])[] = [
  ['inplace', "methods that end in '_', such as x.relu_(), write into their tensor"],
  ['out', 'the result is a new tensor; y.copy_(result) writes it into another one'],
  ['sparse sparseGrad layout', 'tensors and gradients are dense; leave it out'],
  ['pinMemory pinMemoryDevice nonBlocking', 'there is no pinned memory; leave it out'],
  ['memoryFormat', 'there is one memory format; leave it out'],
  ['foreach fused capturable', 'there is one implementation, which is fused; leave it out'],
  [
    'differentiable',
    'steps of optimizers are not recorded; compute them with grad() and createGraph',
  ],
  ['sizeAverage reduce', "write reduction: 'mean', 'sum' or 'none'"],
  [
    'numWorkers prefetchFactor persistentWorkers workerInitFn multiprocessingContext',
    'batches are made in the main thread; leave it out, or load items in an async get',
  ],
  ['outInt32', 'indices are int32 already; leave it out'],
  ['outDtype', 'the result has the dtype of its operands; use to() behind it'],
  ['isGradsBatched', 'call grad() once for each of them'],
  ['useReentrant', 'checkpoints are never reentrant; leave it out'],
  ['enableNestedTensor maskCheck', 'there are no nested tensors; leave it out'],
];

/** The name in camelCase: as PyTorch has it, `pin_memory`, it is the same option. */
const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, c: string) => c.toUpperCase());

/** What to write instead of an option of PyTorch's; null for any other name. */
export function instead(name: string): string | null {
  const wanted = camel(name);
  return sentences.find(([names]) => names.split(' ').includes(wanted))?.[1] ?? null;
}
