// The rows in TensorFlow.js, whichever its backend.
import { labels, picks, points, products, sides, sines, three, weights } from './common_rows.mjs';

/** The rows by name. `plain` leaves out what takes its plain backend seconds. */
export function tfjsRows(tf, plain) {
  const array = (shape, seed) => tf.tensor(sines(shape, seed), shape);

  /** Runs one function on the same tensors. */
  const row = (make) => () => {
    const run = make();
    let last = null;
    return {
      step() {
        last?.dispose();
        last = tf.tidy(run);
      },
      result: async () => three(await last.data()),
    };
  };

  /** Training: `loss` of the variables, and an optimizer. */
  const training = (make) => () => {
    const { loss, optimizer, more = () => [] } = make();
    let last = null;
    return {
      step() {
        last?.dispose();
        last = optimizer.minimize(loss, true);
      },
      result: async () => [(await last.data())[0], ...more()],
    };
  };

  const variable = (shape, k, scale) => tf.variable(tf.tensor(weights(shape, k, scale), shape));

  /** Layers `[outs, ins]` with their biases, as y = x·Wᵀ + b. */
  function linears(sizes, scale, first = 0) {
    const layers = sizes.map((shape, i) => ({
      w: variable(shape, first + 2 * i, scale),
      b: variable([shape[0]], first + 2 * i + 1, scale),
    }));
    return (x, activation) =>
      layers.reduce((h, { w, b }, i) => {
        const y = tf.add(tf.matMul(h, w, false, true), b);
        return i < layers.length - 1 ? activation(y) : y;
      }, x);
  }

  const rows = {};

  rows['linear regression step, 3 points'] = () => {
    const x = tf.tensor([2, 3, 4]);
    const y = tf.tensor([3, 5, 8]);
    const w = tf.variable(tf.scalar(0.5));
    const b = tf.variable(tf.scalar(0.1));
    const optimizer = tf.train.sgd(0.01);
    let last = null;
    return {
      step() {
        last?.dispose();
        last = optimizer.minimize(
          () => tf.mean(tf.square(tf.sub(tf.add(tf.mul(w, x), b), y))),
          true,
        );
      },
      result: async () => [(await last.data())[0], (await w.data())[0], (await b.data())[0]],
    };
  };
  rows['net 2-4-1 with tanh, 400 points, BCE-with-logits, SGD'] = training(() => {
    const x = tf.tensor(points);
    const y = tf.tensor(sides, [400, 1]);
    const net = linears(
      [
        [4, 2],
        [1, 4],
      ],
      0.5,
    );
    return {
      optimizer: tf.train.sgd(0.1),
      loss: () => tf.losses.sigmoidCrossEntropy(y, net(x, tf.tanh)),
    };
  });
  rows['digits step 784-256-128-10, batch 64, momentum'] = training(() => {
    const x = array([64, 784], 0);
    const y = tf.oneHot(tf.tensor(labels, [64], 'int32'), 10);
    const net = linears(
      [
        [256, 784],
        [128, 256],
        [10, 128],
      ],
      0.05,
    );
    return {
      optimizer: tf.train.momentum(0.01, 0.9),
      loss: () => tf.losses.softmaxCrossEntropy(y, net(x, tf.relu)),
    };
  });
  // The WebAssembly backend lacks the gradient of a convolution's filters; the plain one takes seconds.
  rows['LeNet-5 step, batch 64'] = training(() => {
    const x = array([64, 28, 28, 1], 0);
    const y = tf.oneHot(tf.tensor(labels, [64], 'int32'), 10);
    const filters = (shape, k) =>
      tf.variable(tf.transpose(tf.tensor(weights(shape, k, 0.05), shape), [2, 3, 1, 0]));
    const [w1, b1] = [filters([6, 1, 5, 5], 0), variable([6], 1, 0.05)];
    const [w2, b2] = [filters([16, 6, 5, 5], 2), variable([16], 3, 0.05)];
    const head = linears(
      [
        [120, 400],
        [84, 120],
        [10, 84],
      ],
      0.05,
      4,
    );
    return {
      optimizer: tf.train.momentum(0.01, 0.9),
      loss: () => {
        const a = tf.avgPool(tf.tanh(tf.add(tf.conv2d(x, w1, 1, 'same'), b1)), 2, 2, 'valid');
        const b = tf.avgPool(tf.tanh(tf.add(tf.conv2d(a, w2, 1, 'valid'), b2)), 2, 2, 'valid');
        const flat = tf.reshape(tf.transpose(b, [0, 3, 1, 2]), [64, 400]);
        return tf.losses.softmaxCrossEntropy(y, head(flat, tf.tanh));
      },
    };
  });

  for (const [m, n, k, turned] of products) {
    if (plain && m * n * k > 2e8) continue;
    rows[`matmul ${m}x${n}x${k} ${turned}`] = row(() => {
      const [ta, tb] = [turned[0] === 't', turned[1] === 't'];
      const a = array(ta ? [k, m] : [m, k], 0);
      const b = array(tb ? [n, k] : [k, n], 1);
      return () => tf.matMul(a, b, ta, tb);
    });
  }
  rows['bmm 64x(128x64x128)'] = row(() => {
    const [a, b] = [array([64, 128, 64], 0), array([64, 64, 128], 1)];
    return () => tf.matMul(a, b);
  });

  const functions = {
    add: (x, y) => tf.add(x, y),
    mul: (x, y) => tf.mul(x, y),
    exp: (x) => tf.exp(x),
    tanh: (x) => tf.tanh(x),
    sigmoid: (x) => tf.sigmoid(x),
    gelu: (x) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  };
  for (const n of [1_000_000, 1000]) {
    for (const [name, run] of Object.entries(functions)) {
      rows[`${name} ${n}`] = row(() => {
        const [x, y] = [array([n], 0), array([n], 1)];
        return () => run(x, y);
      });
    }
  }
  const reductions = {
    sum: (x, dim) => tf.sum(x, dim),
    amax: (x, dim) => tf.max(x, dim),
    argmax: (x, dim) => tf.argMax(x, dim),
    // It takes the last axis alone.
    softmax: (x, dim) => (dim === 1 ? tf.softmax(x) : tf.transpose(tf.softmax(tf.transpose(x)))),
  };
  for (const [name, run] of Object.entries(reductions)) {
    for (const dim of [0, 1]) {
      rows[`${name} 1000x1000 dim ${dim}`] = row(() => {
        const x = array([1000, 1000], 0);
        return () => run(x, dim);
      });
    }
  }
  rows['layer norm 1000x1000'] = row(() => {
    const x = array([1000, 1000], 0);
    return () => {
      const { mean, variance } = tf.moments(x, 1, true);
      return tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    };
  });
  rows['transpose-copy 1000x1000'] = row(() => {
    const x = array([1000, 1000], 0);
    return () => tf.transpose(x);
  });
  rows['cat 2x500000'] = row(() => {
    const [x, y] = [array([500_000], 0), array([500_000], 1)];
    return () => tf.concat([x, y]);
  });
  rows['gather 1000000'] = row(() => {
    const x = array([1_000_000], 0);
    const index = tf.tensor(picks(1_000_000), [1_000_000], 'int32');
    return () => tf.gather(x, index);
  });
  rows['sort 1000000'] = row(() => {
    const x = array([1_000_000], 0);
    // The nearest thing to a sort that it has, the other way round.
    return () => tf.reverse(tf.topk(x, 1_000_000, true).values);
  });
  return rows;
}
