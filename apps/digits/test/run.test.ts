// Whole runs on few pictures: what is printed, what is written, and what happens when things fail.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Tensor } from '@dl/core';
import { load } from '@dl/io';
import { hasTurn } from 'dl-testing/sampling';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { computeLogits, judge } from '../src/evaluate.js';
import { packagedData, readTest } from '../src/mnist.js';
import { buildModel } from '../src/model.js';
import { main } from '../src/run.js';
import { bundle } from './bundle.js';

/** Of the long ones, half at each commit, in turn. */
const inTurn = (turn: 0 | 1, name: string, test: () => Promise<void>): void => {
  it.runIf(hasTurn(`digits: ${name}`, 2, turn))(name, test);
};

let folder: string;
// Whatever this machine has: a test without a driver.
beforeAll(() => vi.stubEnv('DL_CUDA_DRIVER', '/nowhere/libcuda.so.1'));
afterAll(() => vi.unstubAllEnvs());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dl-digits-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function digits(line: string, signal = new AbortController().signal) {
  const text = { out: '', err: '' };
  const code = await main(line.split(' '), {
    stdout: { write: (part: string) => (text.out += part) },
    stderr: { write: (part: string) => (text.err += part) },
    signal,
  });
  return { code, ...text };
}

const QUICK = '--limit 2000 --epochs 2 --hidden 32 --batch-size 16 --lr 0.02';

describe('a run', () => {
  it('trains, tests, saves and reports', async () => {
    const out = join(folder, 'deep/er');
    const { code, out: text, err } = await digits(`${QUICK} --out ${out}`);
    expect(err).toBe('');
    expect(code).toBe(0);
    const lines = text.trimEnd().split('\n');
    const [, shown = ''] = /^test accuracy: (\d\d\.\d\d)%$/.exec(lines.at(-1) ?? '') ?? [];
    expect(Number(shown)).toBeGreaterThan(80);
    expect(lines.filter((line) => /^epoch \d\/2: loss \d\.\d{4}, /.test(line))).toHaveLength(2);
    expect(text).toMatch(/predicted 7 +predicted \d +predicted \d/);
    expect(text).toMatch(/predicted \d, actual \d/);
    expect(text).toContain('bit-identical outputs for all 10,000 test images');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/);

    expect(readdirSync(out).sort()).toEqual(['checkpoint.pth', 'model.pth', 'report.html']);
    const report = readFileSync(join(out, 'report.html'), 'utf8');
    expect(report).toContain(`<strong>${shown}%</strong>`);

    const state = await load<Record<string, Tensor>>(join(out, 'model.pth'));
    expect(Object.entries(state).map(([key, x]) => [key, x.shape])).toEqual([
      ['0.weight', [32, 784]],
      ['0.bias', [32]],
      ['2.weight', [10, 32]],
      ['2.bias', [10]],
    ]);
    // What was printed is what the file gives, counted anew.
    const model = buildModel([32]);
    model.loadStateDict(state);
    const test = await readTest(packagedData());
    const { accuracy } = judge(await computeLogits(model, test, 'cpu'), test);
    expect(accuracy.toFixed(4)).toBe((Number(shown) / 100).toFixed(4));
  });

  inTurn(0, 'gives the same file for the same seed, and another for another', async () => {
    const run = async (name: string, seed: number): Promise<Buffer> => {
      const out = join(folder, name);
      const line = `--limit 200 --epochs 1 --hidden 8 --seed ${seed} --out ${out}`;
      expect((await digits(line)).code).toBe(0);
      return readFileSync(join(out, 'model.pth'));
    };
    const first = await run('a', 5);
    expect((await run('b', 5)).equals(first)).toBe(true);
    expect((await run('c', 6)).equals(first)).toBe(false);
  });

  it('that is interrupted saves what there is', async () => {
    const { code, out: text } = await digits(`${QUICK} --out ${folder}`, AbortSignal.abort());
    expect(code).toBe(130);
    expect(text).toContain('interrupted after 10 steps');
    expect(text).not.toContain('test accuracy:');
    const report = readFileSync(join(folder, 'report.html'), 'utf8');
    expect(report).toContain('interrupted after 10 of 250 steps');
    const state = await load<Record<string, Tensor>>(join(folder, 'model.pth'));
    expect(state['0.weight']?.shape).toEqual([32, 784]);
  });
});

describe('--resume', () => {
  const line = '--limit 700 --hidden 16 --seed 3';
  const read = (name: string): Buffer => readFileSync(join(folder, name, 'model.pth'));

  inTurn(
    1,
    'goes on from an epoch, and from the middle of one, as if nothing had been',
    async () => {
      const part = (name: string) => join(folder, name);
      expect((await digits(`${line} --epochs 3 --out ${part('whole')}`)).code).toBe(0);
      expect((await digits(`${line} --epochs 1 --out ${part('one')}`)).code).toBe(0);
      const file = join(part('one'), 'checkpoint.pth');
      const { code, out } = await digits(
        `${line} --epochs 3 --out ${part('two')} --resume ${file}`,
      );
      expect(code).toBe(0);
      expect(out).not.toContain('epoch 1/3: loss');
      expect(read('two').equals(read('whole'))).toBe(true);

      const stop = AbortSignal.abort();
      const cut = await digits(`${line} --epochs 3 --out ${part('cut')}`, stop);
      expect(cut.out).toContain('interrupted after 10 steps');
      expect(cut.out).toMatch(/to resume: pass the same options and --resume .*checkpoint\.pth/);
      const middle = join(part('cut'), 'checkpoint.pth');
      const rest = await digits(`${line} --epochs 3 --out ${part('rest')} --resume ${middle}`);
      expect(rest.code).toBe(0);
      expect(read('rest').equals(read('whole'))).toBe(true);
      const report = readFileSync(join(folder, 'rest', 'report.html'), 'utf8');
      expect(report).not.toContain('interrupted');
    },
  );

  it('refuses what is no checkpoint, or of another training', async () => {
    expect((await digits(`${line} --epochs 1 --out ${folder}`)).code).toBe(0);
    const other = await digits(`--limit 700 --hidden 8 --seed 3 --resume ${folder}/checkpoint.pth`);
    expect(other.err).toMatch(
      /^digits: .*checkpoint\.pth is from a run with hidden \[16\], not \[8\]/,
    );
    const none = await digits(`${line} --resume ${folder}/nothing.pth`);
    expect(none.err).toMatch(/^digits: load: cannot read .*nothing\.pth: it does not exist/);
    const model = await digits(`${line} --resume ${folder}/model.pth`);
    expect(model.err).toMatch(/is from a run with batchSize unknown/);
    expect([other.code, none.code, model.code]).toEqual([1, 1, 1]);
  });
});

describe('a failure', () => {
  it('is one line, an exit code, and nothing written', async () => {
    const out = join(folder, 'out');
    const cases: [string, number, RegExp][] = [
      [`--epochs zero --out ${out}`, 2, /^digits: --epochs: 'zero' is not allowed; .* 1 to 1000\n/],
      [`--nonsense --out ${out}`, 2, /^digits: unknown option --nonsense; allowed: --epochs/],
      [
        `--device cuda --out ${out}`,
        1,
        /^digits: cuda: libcuda\.so\.1 .*cannot be opened .*install NVIDIA's driver/,
      ],
      [`--device toaster --out ${out}`, 1, /^digits: .*device 'toaster' is not available; devi/],
      [`--data ${folder} --out ${out}`, 1, /^digits: cannot read .*ubyte: it does not exist; /],
    ];
    for (const [line, code, message] of cases) {
      const result = await digits(line);
      expect(result.err).toMatch(message);
      expect(result.err.trimEnd().split('\n').length).toBe(code);
      expect(result.err).not.toMatch(/^\s+at /m);
      expect(result.code).toBe(code);
      expect(result.out).toBe('');
      expect(existsSync(out)).toBe(false);
    }
  });

  it('to read the data names the byte', async () => {
    for (const part of ['train-images-idx3', 'train-labels-idx1']) {
      const bytes = readFileSync(join(packagedData(), `${part}-ubyte`));
      writeFileSync(join(folder, `${part}-ubyte`), bytes.subarray(0, 5000));
    }
    const { code, err } = await digits(`--data ${folder} --out ${join(folder, 'out')}`);
    expect(err).toMatch(
      /^digits: .*train-images-idx3-ubyte: byte 5000: sizes 60000 x 28 x 28 need/,
    );
    expect(code).toBe(1);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  it('to write comes before the training', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const places = [join(folder, 'taken'), join(folder, 'taken/below')];
    // Nobody can write there, not even the superuser, who is not bound by permissions.
    if (process.platform === 'linux') places.push('/proc/none/below');
    for (const out of places) {
      const { code, out: text, err } = await digits(`--out ${out}`);
      expect(err).toMatch(
        /^digits: cannot write into the folder .*; pass another folder with --out\n$/,
      );
      expect(code).toBe(1);
      expect(text).toBe('');
    }
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('is not what --help is', async () => {
    const { code, out, err } = await digits('--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('--batch-size N');
  });
});

describe('Ctrl-C', () => {
  it('in the middle of the training saves what there is and exits with 130', async () => {
    const program = await bundle('src/main.ts', join(folder, 'program'));
    const out = join(folder, 'out');
    const args = [program, '--data', packagedData(), '--out', out, '--epochs', '1000'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (part) => {
      // The first line says that everything is read, and the training begins.
      // npm passes on what the terminal has sent already, so one Ctrl-C may come twice.
      if (text === '') setTimeout(() => child.kill('SIGINT') && child.kill('SIGINT'), 500);
      if (text === '') setTimeout(() => child.kill('SIGINT'), 510);
      text += part;
    });
    const code = await new Promise((done) => child.on('close', done));
    expect(code).toBe(130);
    const [, steps] = /interrupted after (\d+) steps/.exec(text) ?? [];
    expect(Number(steps)).toBeGreaterThan(0);
    expect(readdirSync(out).sort()).toEqual(['checkpoint.pth', 'model.pth', 'report.html']);
    expect(Object.keys((await load(join(out, 'model.pth'))) as object)).toHaveLength(6);
    expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain(`interrupted after ${steps}`);
  });
});
