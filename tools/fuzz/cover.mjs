import { spawn } from 'node:child_process';
import * as core from '@dl/core';
import * as losses from '@dl/losses';

const ops = new Map(),
  opts = new Map();
const c = spawn(process.execPath, ['dist/child.js', 'plain']);
let buf = '',
  n = 0;
const N = 3000;
c.stdout.on('data', (d) => {
  buf += d;
  const L = buf.split('\n');
  buf = L.pop();
  for (const l of L) {
    const j = JSON.parse(l);
    if (j.ready !== undefined) {
      for (let k = 0; k < N; k++) c.stdin.write(JSON.stringify({ id: k, seed: 3e6 + k }) + '\n');
      continue;
    }
    if (j.program) {
      for (const i of j.program.instructions) {
        ops.set(i.op, (ops.get(i.op) ?? 0) + 1);
        for (const o of Object.keys(i.options ?? {}))
          opts.set(i.op + '.' + o, (opts.get(i.op + '.' + o) ?? 0) + 1);
        opts.set(i.op + '#' + i.args.length, 1);
      }
    }
    if (++n === N) done();
  }
});
function done() {
  const names = [];
  const miss = [];
  for (const [ns, m] of [
    ['core', core],
    ['losses', losses],
  ])
    for (const [k, f] of Object.entries(m))
      if (typeof f === 'function' && f.signature && /^[a-z]/.test(k))
        names.push([ns, k, f.signature]);
  console.log(
    'never:',
    names
      .filter(([, k]) => !ops.has(k))
      .map((x) => x[1])
      .join(' '),
  );
  const missingOpts = [];
  for (const [, k, s] of names) {
    if (!ops.has(k)) continue;
    for (const o of Object.keys(s.options ?? {}))
      if (!opts.has(k + '.' + o)) missingOpts.push(k + '.' + o);
  }
  console.log('options never:', missingOpts.join(' '));
  const methods = Object.getOwnPropertyNames(core.Tensor.prototype).filter(
    (k) => k.endsWith('_') && !ops.has(k),
  );
  console.log('in place never:', methods.join(' '));
  console.log(
    'rare:',
    [...ops]
      .filter(([, v]) => v < 8)
      .map((x) => x.join(':'))
      .join(' '),
  );
  process.exit();
}
