// The rows in jax-js, whichever its device. An array is used up by a function unless `.ref` is given.
import { labels, picks, points, products, sides, sines, three, weights } from './common_rows.mjs';

/** The rows by name. `ready` takes a tree of arrays and waits until they are computed. */
export function jaxRows({ jit, valueAndGrad, numpy: np, lax, nn, tree }, ready) {
  const array = (shape, seed) => np.array(sines(shape, seed)).reshape(shape);
  const start = (shape, k, scale) => np.array(weights(shape, k, scale)).reshape(shape);

  /** Runs one compiled function on the same arrays. */
  const row = (make) => () => {
    const { inputs, f } = make();
    const run = jit(f);
    let last = null;
    return {
      async step() {
        last?.dispose();
        last = run(...inputs.map((x) => x.ref));
        await ready([last.ref]);
      },
      result: async () => three(await last.ref.data()),
    };
  };

  /** Training by a compiled step: parameters, velocities and data in, parameters, velocities and loss out. */
  const training = (make) => () => {
    const { params, loss, data, lr, momentum } = make();
    const step = jit((p, v, ...xs) => {
      const [l, g] = valueAndGrad(loss)(tree.ref(p), ...xs);
      if (momentum === 0) return [tree.map((a, b) => a.sub(b.mul(lr)), p, g), v, l];
      const w = tree.map((a, b) => a.mul(momentum).add(b), v, g);
      return [tree.map((a, b) => a.sub(b.mul(lr)), p, tree.ref(w)), w, l];
    });
    let p = params;
    let v = tree.map((x) => np.zerosLike(x), tree.ref(params));
    let last = null;
    return {
      async step() {
        last?.dispose();
        [p, v, last] = step(p, v, ...data.map((x) => x.ref));
        await ready([tree.ref(p), last.ref]);
      },
      result: async () => [(await last.ref.data())[0]],
    };
  };

  /** y = x·Wᵀ + b for each layer. */
  const linears = (sizes, scale) =>
    sizes.flatMap((shape, i) => [start(shape, 2 * i, scale), start([shape[0]], 2 * i + 1, scale)]);
  const run = (p, x, activation) => {
    let h = x;
    for (let i = 0; i < p.length; i += 2) {
      h = np.matmul(h, p[i].transpose()).add(p[i + 1]);
      if (i + 2 < p.length) h = activation(h);
    }
    return h;
  };

  const rows = {};

  rows['linear regression step, 3 points'] = () => {
    const step = jit((w, b, x, y) => {
      const [l, [gw, gb]] = valueAndGrad((q, x, y) =>
        np.mean(np.square(q[0].mul(x).add(q[1]).sub(y))),
      )([w.ref, b.ref], x, y);
      return [w.sub(gw.mul(0.01)), b.sub(gb.mul(0.01)), l];
    });
    const [x, y] = [np.array([2, 3, 4]), np.array([3, 5, 8])];
    let [w, b, last] = [np.array(0.5), np.array(0.1), null];
    return {
      async step() {
        last?.dispose();
        [w, b, last] = step(w, b, x.ref, y.ref);
        await ready([last.ref]);
      },
      result: async () => [
        (await last.ref.data())[0],
        (await w.ref.data())[0],
        (await b.ref.data())[0],
      ],
    };
  };
  rows['net 2-4-1 with tanh, 400 points, BCE-with-logits, SGD'] = training(() => ({
    params: linears(
      [
        [4, 2],
        [1, 4],
      ],
      0.5,
    ),
    data: [np.array(points), np.array(sides).reshape([400, 1])],
    lr: 0.1,
    momentum: 0,
    loss: (p, x, y) => {
      const z = run(p, x, np.tanh);
      // max(z, 0) - z·y + log(1 + e^-|z|)
      const soft = np.log1p(np.exp(np.negative(np.abs(z.ref))));
      return np.mean(np.maximum(z.ref, 0).sub(z.mul(y)).add(soft));
    },
  }));
  rows['digits step 784-256-128-10, batch 64, momentum'] = training(() => ({
    params: linears(
      [
        [256, 784],
        [128, 256],
        [10, 128],
      ],
      0.05,
    ),
    data: [array([64, 784], 0), nn.oneHot(np.array(labels, { dtype: np.int32 }), 10)],
    lr: 0.01,
    momentum: 0.9,
    loss: (p, x, y) => np.negative(np.sum(nn.logSoftmax(run(p, x, nn.relu)).mul(y))).div(64),
  }));
  rows['LeNet-5 step, batch 64'] = training(() => ({
    params: [
      start([6, 1, 5, 5], 0, 0.05),
      start([6], 1, 0.05),
      start([16, 6, 5, 5], 2, 0.05),
      start([16], 3, 0.05),
      ...[
        [120, 400],
        [84, 120],
        [10, 84],
      ].flatMap((shape, i) => [start(shape, 4 + 2 * i, 0.05), start([shape[0]], 5 + 2 * i, 0.05)]),
    ],
    data: [array([64, 1, 28, 28], 0), nn.oneHot(np.array(labels, { dtype: np.int32 }), 10)],
    lr: 0.01,
    momentum: 0.9,
    loss: ([w1, b1, w2, b2, ...rest], x, y) => {
      const layer = (x, w, b, pad, c, size) => {
        const borders = [
          [pad, pad],
          [pad, pad],
        ];
        const out = lax.convGeneralDilated(x, w, [1, 1], borders).add(b.reshape([1, c, 1, 1]));
        const half = size / 2;
        return np.mean(np.tanh(out).reshape([64, c, half, 2, half, 2]), [3, 5]);
      };
      const a = layer(x, w1, b1, 2, 6, 28);
      const flat = layer(a, w2, b2, 0, 16, 10).reshape([64, 400]);
      return np.negative(np.sum(nn.logSoftmax(run(rest, flat, np.tanh)).mul(y))).div(64);
    },
  }));

  for (const [m, n, k, turned] of products) {
    rows[`matmul ${m}x${n}x${k} ${turned}`] = row(() => {
      const [ta, tb] = [turned[0] === 't', turned[1] === 't'];
      return {
        inputs: [array(ta ? [k, m] : [m, k], 0), array(tb ? [n, k] : [k, n], 1)],
        f: (a, b) => np.matmul(ta ? a.transpose() : a, tb ? b.transpose() : b),
      };
    });
  }
  rows['bmm 64x(128x64x128)'] = row(() => ({
    inputs: [array([64, 128, 64], 0), array([64, 64, 128], 1)],
    f: (a, b) => np.matmul(a, b),
  }));
  const functions = {
    add: (x, y) => x.add(y),
    mul: (x, y) => x.mul(y),
    exp: (x) => np.exp(x),
    tanh: (x) => np.tanh(x),
    sigmoid: (x) => nn.sigmoid(x),
    gelu: (x) => nn.gelu(x, { approximate: false }),
  };
  for (const n of [1_000_000, 1000]) {
    for (const [name, f] of Object.entries(functions)) {
      rows[`${name} ${n}`] = row(() => ({
        inputs: f.length === 2 ? [array([n], 0), array([n], 1)] : [array([n], 0)],
        f,
      }));
    }
  }
  const reductions = {
    sum: (dim) => (x) => np.sum(x, dim),
    amax: (dim) => (x) => np.max(x, dim),
    argmax: (dim) => (x) => np.argmax(x, dim),
    softmax: (dim) => (x) => nn.softmax(x, dim),
  };
  for (const [name, of] of Object.entries(reductions)) {
    for (const dim of [0, 1]) {
      rows[`${name} 1000x1000 dim ${dim}`] = row(() => ({
        inputs: [array([1000, 1000], 0)],
        f: of(dim),
      }));
    }
  }
  rows['layer norm 1000x1000'] = row(() => ({
    inputs: [array([1000, 1000], 0)],
    f: (x) => nn.standardize(x, -1, { epsilon: 1e-5 }),
  }));
  rows['transpose-copy 1000x1000'] = row(() => ({
    inputs: [array([1000, 1000], 0)],
    // Adding zero is what makes a transposed matrix move.
    f: (x) => x.transpose().add(0),
  }));
  rows['cat 2x500000'] = row(() => ({
    inputs: [array([500_000], 0), array([500_000], 1)],
    f: (x, y) => np.concatenate([x, y]),
  }));
  rows['gather 1000000'] = row(() => ({
    inputs: [array([1_000_000], 0), np.array(picks(1_000_000), { dtype: np.int32 })],
    f: (x, i) => np.take(x, i),
  }));
  rows['sort 1000000'] = row(() => ({ inputs: [array([1_000_000], 0)], f: (x) => np.sort(x) }));
  return rows;
}
