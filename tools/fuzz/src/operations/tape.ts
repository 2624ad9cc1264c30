// The tape: backward passes, gradients of gradients, hooks, leaves; and plain writing in place.
import { isFloat, type Tensor } from '@dl/core';
import { type Draw, isLeaf, isRecorded, type Live } from '../draw.js';
import { given, type Row, rows } from './row.js';

const scalar = (x: Tensor): boolean => isRecorded(x) && x.count === 1 && x.ndim === 0;

/** An output for a backward pass: a scalar, made where there is none. */
function loss(d: Draw): Live {
  return d.pick(scalar);
}

const hook = (factor: number) => (g: Tensor) => g.mul(factor);

const table: Row[] = [
  {
    op: 'backward',
    silent: true,
    weight: 3,
    python: (c) => {
      const [x, g] = c.args;
      return `${x}.backward(${[...(g === undefined ? [] : [g]), ...Object.entries(c.options).map(([k, v]) => `${k}=${v}`)].join(', ')})`;
    },
    draw: (d) => {
      const retain = d.rng.chance(0.4);
      if (d.rng.chance(0.6) && d.registers.some((l) => scalar(l.tensor))) {
        return retain
          ? { args: [loss(d), null], options: { retainGraph: true } }
          : { args: [loss(d)] };
      }
      const y = d.float((x) => isRecorded(x) && x.count > 0);
      const g = d.make(y.tensor.shape, { dtype: y.tensor.dtype, grad: false });
      return { args: [y, g], options: given(retain, { retainGraph: true }) };
    },
  },
  {
    op: 'grad',
    form: 'core',
    python: 'torch.autograd.grad',
    gradients: true,
    weight: 3,
    draw: (d) => {
      const y = d.rng.chance(0.6) ? loss(d) : d.float((x) => isRecorded(x) && x.count > 0);
      const inputs = d.rng
        .shuffled(d.registers.filter((l) => l.tensor.requiresGrad))
        .slice(0, d.rng.int(1, 3));
      const options = {
        allowUnused: true,
        ...d.options({ createGraph: () => true }, 0.6),
        ...(scalar(y.tensor)
          ? {}
          : { gradOutputs: d.make(y.tensor.shape, { dtype: y.tensor.dtype, grad: false }) }),
      };
      return { args: [y, inputs.map((l) => l.ref)], options };
    },
  },
  {
    op: 'registerHook',
    silent: true,
    python: (c) => `${c.args[0]}.register_hook(lambda g: g * ${c.args[1]})`,
    typescript: ([x, factor]) => `${x}.registerHook((g) => g.mul(${factor}))`,
    run: ([x, factor]) => {
      (x as Tensor).registerHook(hook(factor as number));
    },
    draw: (d) => ({ args: [d.pick((x) => x.requiresGrad), d.rng.of([2, 0.5, -1])] }),
  },
  {
    op: 'retainGrad',
    silent: true,
    weight: 0.6,
    draw: (d) => ({ args: [d.pick((x) => x.requiresGrad)] }),
  },
  {
    op: 'requiresGrad_',
    weight: 0.4,
    exact: true,
    draw: (d) => ({ args: [d.float(isLeaf)] }),
  },
  {
    op: 'detach_',
    weight: 0.3,
    exact: true,
    draw: (d) => ({ args: [d.pick((x) => x.base === null)] }),
  },
];

const writing: Row[] = [
  { op: 'zero_', draw: (d) => ({ args: [d.target()] }) },
  {
    op: 'fill_',
    draw: (d) => {
      const x = d.target((t) => t.dtype !== 'bool');
      return { args: [x, isFloat(x.tensor.dtype) ? d.number() : d.rng.int(0, 3)] };
    },
  },
  {
    op: 'copy_',
    weight: 2,
    draw: (d) => {
      const x = d.target();
      const { shape } = x.tensor;
      const dtype = d.rng.chance(0.8) ? x.tensor.dtype : d.dtype();
      return { args: [x, d.of(d.rng.chance(0.25) ? shape.slice(1) : shape, { dtype })] };
    },
  },
];

export const tape = rows({}, table);
export const writes = rows({ writes: true, exact: true }, writing);
