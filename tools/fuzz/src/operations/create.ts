// Instructions that make tensors, copy them and convert them.
import type { Draw } from '../draw.js';
import type { Value } from '../program.js';
import { rows } from './row.js';

const grad = (dtype: string): boolean => dtype.includes('float');

export const create = rows({}, [
  {
    op: 'tensor',
    form: 'core',
    python: 'torch.tensor',
    creates: true,
    exact: true,
    weight: 6,
    draw: (d) => {
      const shape = d.shape().map((n) => Math.max(1, n));
      return d.literal(shape, { dtype: d.dtype() });
    },
  },
  ...(['zeros', 'ones'] as const).map((op) => ({
    op,
    form: 'core' as const,
    python: `torch.${op}`,
    creates: true as const,
    exact: true as const,
    draw: (d: Draw) => {
      const dtype = d.dtype();
      const options: Record<string, Value> = { dtype: { d: dtype } };
      if (grad(dtype) && d.rng.chance(d.profile.grad)) options.requiresGrad = true;
      return { args: [d.shape()], options };
    },
  })),
  {
    op: 'full',
    form: 'core',
    python: 'torch.full',
    creates: true,
    exact: true,
    draw: (d) => {
      const dtype = d.dtype();
      const value = grad(dtype)
        ? d.number()
        : dtype === 'bool'
          ? d.rng.chance(0.5)
          : d.rng.int(0, 3);
      return { args: [d.shape(), value], options: { dtype: { d: dtype } } };
    },
  },
  {
    op: 'arange',
    form: 'core',
    python: 'torch.arange',
    creates: true,
    exact: true,
    draw: (d) => {
      const dtype = d.rng.of(d.profile.dtypes.filter((t) => t !== 'bool' && t !== 'uint8'));
      const start = d.rng.int(-3, 3);
      return {
        args: [start, start + d.rng.int(0, 12), d.rng.int(1, 3)],
        options: { dtype: { d: dtype } },
      };
    },
  },
  {
    op: 'linspace',
    form: 'core',
    python: 'torch.linspace',
    creates: true,
    draw: (d) => ({
      args: [d.number(), d.number() + 3, d.rng.int(1, 7)],
      options: { dtype: { d: 'float32' } },
    }),
  },
  {
    op: 'eye',
    form: 'core',
    python: 'torch.eye',
    creates: true,
    exact: true,
    draw: (d) => ({ args: [d.rng.int(1, 4)], options: { dtype: { d: d.dtype() } } }),
  },
  ...(['zerosLike', 'onesLike'] as const).map((op) => ({
    op,
    form: 'core' as const,
    python: op === 'zerosLike' ? 'torch.zeros_like' : 'torch.ones_like',
    exact: true as const,
    draw: (d: Draw) => ({ args: [d.pick()] }),
  })),
  {
    op: 'fullLike',
    form: 'core',
    python: 'torch.full_like',
    exact: true,
    draw: (d) => {
      const x = d.pick((t) => t.dtype !== 'bool');
      return { args: [x, grad(x.tensor.dtype) ? d.number() : d.rng.int(0, 3)] };
    },
  },
  { op: 'clone', exact: true, draw: (d) => ({ args: [d.pick()] }) },
  { op: 'contiguous', exact: true, mayBeInput: true, draw: (d) => ({ args: [d.pick()] }) },
  {
    op: 'to',
    exact: true,
    steps: true,
    weight: 2,
    draw: (d) => ({ args: [d.pick(), { d: d.dtype() }] }),
  },
]);
