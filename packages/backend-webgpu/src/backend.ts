// The backend contract on WebGPU.
import type { Backend, DType, TypedArray } from '@dl/core/functional';
import { contract, fuses } from './contract.js';
import { gather, scatter } from './indexed.js';
import { map } from './map.js';
import { partsOf, partsOfIndices, Recipes } from './recipes.js';
import { fold, reduce } from './reduce.js';
import type { Memory, Runtime } from './runtime.js';
import { scan } from './scan.js';
import { sort } from './sort.js';
import { heldAs } from './wgsl.js';

/** The elements as 32-bit ones, as the device holds them. */
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
  const backend: Backend = {
    device: 'webgpu',
    counted: true,
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

    map: (program, inputs, outputs, params) =>
      recipes.run(['map', program, ...inputs, ...outputs], params, () =>
        map(runtime, program, inputs, outputs, params),
      ),
    reduce: (program, reducer, inputs, shape, axes, output, params) =>
      recipes.run([reducer, program, shape, axes, ...inputs, output], params, () =>
        reduce(runtime, program, reducer, inputs, shape, axes, output, params),
      ),
    fold: (stages, program, inputs, shape, axes, outputs, params) =>
      recipes.run(
        [
          'fold',
          ...stages.flatMap((s) => [s.program, s.reducer]),
          program,
          shape,
          axes,
          ...inputs,
          ...outputs,
        ],
        params,
        () => fold(runtime, stages, program, inputs, shape, axes, outputs, params),
      ),
    contract(spec, a, b, out, epilogue) {
      const { program = null, inputs = [], params = [] } = epilogue ?? {};
      recipes.run(['contract', ...partsOf(spec), a, b, out, program, ...inputs], params, () =>
        contract(runtime, spec, a, b, out, epilogue),
      );
      if (epilogue !== undefined && !fuses(out)) {
        backend.map(epilogue.program, [out, ...epilogue.inputs], [out], epilogue.params);
      }
    },

    scan: (reducer, input, axis, output) =>
      recipes.run(['scan', reducer, axis, input, output], [], () =>
        scan(runtime, reducer, input, axis, output),
      ),
    gather: (source, indices, output) =>
      recipes.run(['gather', source, output, ...partsOfIndices(indices)], [], () =>
        gather(runtime, source, indices, output),
      ),
    scatter: (source, indices, target, combine) =>
      recipes.run(['scatter', combine, source, target, ...partsOfIndices(indices)], [], () =>
        scatter(runtime, source, indices, target, combine),
      ),
    sort: (input, axis, descending, values, indices) =>
      recipes.run(['sort', axis, descending, input, values, indices], [], () =>
        sort(runtime, input, axis, descending, values, indices),
      ),
  };
  return backend;
}
