// The Backend interface on WebGPU.
import type { Backend, DType, TypedArray } from '@dl/core/functional';
import { contract } from './contract.js';
import { fold } from './fold.js';
import { gather, scatter } from './gather-scatter.js';
import { map } from './map.js';
import { Recipes } from './recipes.js';
import { reduce } from './reduce.js';
import type { Memory, Runtime } from './runtime.js';
import { scan } from './scan.js';
import { sort } from './sort.js';
import { heldAs } from './wgsl.js';

/** The elements converted to 32 bits, as stored on the device. */
function widened(data: TypedArray, dtype: DType): ArrayBufferView {
  return heldAs(dtype) === 'u32' ? Uint32Array.from(data as Uint8Array) : data;
}

function narrowed(bytes: ArrayBuffer, dtype: DType): TypedArray {
  const held = heldAs(dtype);
  if (held === 'f32') return new Float32Array(bytes);
  if (held === 'i32') return new Int32Array(bytes);
  return Uint8Array.from(new Uint32Array(bytes));
}

/** Device `webgpu` on a runtime. */
export function webgpuBackend(runtime: Runtime): Backend {
  const recipes = new Recipes(runtime);
  const product = recipes.of(contract, (...call) => call[4]?.params ?? []);
  const backend: Backend = {
    device: 'webgpu',
    counted: true,
    // All memory that is counted is freed.
    recycles: 0,
    alloc(length, dtype, zeroed) {
      heldAs(dtype);
      return runtime.alloc(length, zeroed);
    },
    free(buffer) {
      runtime.free(buffer as Memory);
    },
    memory: () => ({ live: runtime.live, pooled: runtime.pooled }),
    emptyCache() {
      runtime.emptyCache();
    },
    upload: (data, dtype) => runtime.upload(widened(data, dtype), data.length),
    async download(buffer, dtype, offset, length) {
      return narrowed(await runtime.download(buffer as Memory, offset, length), dtype);
    },
    prepare() {},
    sync: () => runtime.sync(),

    // The params of a call come last.
    map: recipes.of(map, (...call) => call[3]),
    reduce: recipes.of(reduce, (...call) => call[6]),
    fold: recipes.of(fold, (...call) => call[6]),
    contract(spec, a, b, out, epilogue) {
      // A kernel knows an element's place in the epilogue's inputs only by that in a dense output.
      product(spec, a, b, out, out.dense ? epilogue : undefined);
      if (epilogue !== undefined && !out.dense) {
        backend.map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
      }
    },
    scan: recipes.of(scan),
    gather: recipes.of(gather),
    scatter: recipes.of(scatter),
    sort: recipes.of(sort),
  };
  return backend;
}
