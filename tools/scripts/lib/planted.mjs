// Faults to plant by hand: what is changed, and which tests of `npm test` are to find it.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: texts of sources

/**
 * @typedef {object} Planted
 * @property {string} name what is wrong
 * @property {string} file the file that is changed
 * @property {string} was text that occurs once in it
 * @property {string} put what stands there instead
 * @property {string[]} [build] scripts that build what the file goes into
 * @property {'types' | string[]} found the type check, or test files
 */

const cpuAddon = ['packages/backend-cpu/scripts/build-native.mjs'];

/** @type {Planted[]} */
export const planted = [
  {
    name: 'the fold of the addon is off by one',
    file: 'packages/backend-cpu/native/fold.h',
    was: 'start[d] = t % ranges * width;',
    put: 'start[d] = t % ranges * width + (t % ranges ? -1 : 0);',
    build: cpuAddon,
    found: [
      'packages/backend-cpu/test/fold.test.ts',
      'tools/fuzz/test',
      'tools/conformance/test/native.test.ts',
    ],
  },
  {
    name: 'the fold of the addon leaves out the last element of a row',
    file: 'packages/backend-cpu/native/fold.h',
    was: '        r.shape[d] = shape[d];',
    put: '        r.shape[d] = shape[d] - (job.reduced[d] && shape[d] > 1);',
    build: cpuAddon,
    found: ['tools/conformance/test/native.test.ts'],
  },
  {
    name: 'the fold of device webgpu is off by one',
    file: 'packages/backend-webgpu/src/fold.ts',
    was: '`let end = select(0, ${kernel.number(plan.n)}, real);`,\n  ];\n  const declarations: string[] = [];\n  const found',
    put: '`let end = select(0, ${kernel.number(plan.n)} - 1, real);`,\n  ];\n  const declarations: string[] = [];\n  const found',
    found: ['tools/conformance/test/webgpu.test.ts'],
  },
  {
    name: 'the fold of device cuda is off by one',
    file: 'packages/backend-cuda/src/kernels/fold-source.ts',
    was: 'const ${index} n = output < p.outputs ? p.n : 0;',
    put: 'const ${index} n = output < p.outputs ? p.n - 1 : 0;',
    found: ['tools/conformance/test/cuda.test.ts'],
  },
  {
    name: 'a method taken out of the guard',
    file: 'tools/conformance/src/guard.ts',
    was: `    fold: (...args) => {
      const folded = on('fold').fold(...args);
      if (folded) calls.folded++;
      return folded;
    },
`,
    put: '',
    found: 'types',
  },
  {
    name: 'a method that the guard passes by',
    file: 'tools/conformance/src/guard.ts',
    was: "    sort: (...args) => on('sort').sort(...args),",
    put: '    sort: (...args) => inner.sort(...args),',
    found: ['tools/conformance/test/suite.test.ts'],
  },
  {
    name: 'fill_ that does not raise the version',
    file: 'packages/core/src/operators/machinery/inplace.ts',
    was: `  const node = historyOf(operator, self, null);
  self.storage.version++;`,
    put: `  const node = historyOf(operator, self, null);`,
    found: ['tools/fuzz/test', 'packages/core/test/autograd.test.ts'],
  },
  {
    name: 'a view whose history is not cut',
    file: 'packages/core/src/operators/machinery/inplace.ts',
    was: '(out) => fillWith(new Tensor(out.storage, slice.shape, slice.strides, slice.offset), 0),',
    put: '() => {},',
    found: ['tools/fuzz/test', 'packages/core/test/autograd.test.ts'],
  },
  {
    name: 'an erf branch at the wrong side of a tie (seen with AVX-512 alone)',
    file: 'packages/backend-cpu/native/math32.h',
    was: 'const f32v base = a <= 0.125f ?',
    put: 'const f32v base = a < 0.125f ?',
    build: cpuAddon,
    found: ['tools/sweeps/test'],
  },
  {
    name: 'a sum of the addon that drops its last part at odd sizes',
    file: 'packages/backend-cpu/native/reduce.h',
    was: 'for (int64_t c = 1; c < chunks; c++) merge(job.reducer, result, parts[u * chunks + c]);\n      store(base[p.inputs], result);\n    }\n  }\n\n  /** Rows of values along the innermost kept',
    put: 'for (int64_t c = 1; c < chunks - (length % 2); c++) merge(job.reducer, result, parts[u * chunks + c]);\n      store(base[p.inputs], result);\n    }\n  }\n\n  /** Rows of values along the innermost kept',
    build: cpuAddon,
    found: ['tools/conformance/test/native.test.ts'],
  },
  {
    name: "a sum of core's own loops that drops a last block of one element",
    file: 'packages/core/src/backend/cpu/reduce.ts',
    was: '  for (let start = 0; start < length; start += BLOCK) {\n    const n = Math.min(BLOCK, length - start);\n    plan.evaluate(n);',
    put: '  for (let start = 0; start < length - (length > BLOCK && length % BLOCK === 1 ? 1 : 0); start += BLOCK) {\n    const n = Math.min(BLOCK, length - start);\n    plan.evaluate(n);',
    found: [
      'packages/core/test/reduce.test.ts',
      'tools/fuzz/test',
      'tools/conformance/test/suite.test.ts',
    ],
  },
  {
    name: 'an in-place form that saves the overwritten tensor',
    file: 'packages/core/src/operators/machinery/elementwise-operator.ts',
    was: 'const old = overwritten ? copyDense(self) : self;',
    put: 'const old = self;',
    found: [
      'tools/fuzz/test',
      'tools/conformance/test/suite.test.ts',
      'packages/core/test/autograd.test.ts',
    ],
  },
];
