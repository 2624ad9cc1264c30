// Checkpoints: a resumed run equals a run that was never interrupted.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  FormatError,
  fromTypedArray,
  Generator,
  manualSeed,
  rand,
  randn,
  type Tensor,
  ValueError,
} from '@dl/core';
import { DataLoader, TensorDataset } from '@dl/data';
import { crossEntropy } from '@dl/losses';
import { BatchNorm1d, Dropout, Linear, Sequential, Tanh } from '@dl/nn';
import { Adam, StepLR } from '@dl/optim';
import { describe, expect, it } from 'vitest';
import { load, loadCheckpoint, saveBytes, saveCheckpoint } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'dl-checkpoint-'));

function training(seed: number, own?: Generator) {
  manualSeed(7);
  const x = randn([50, 4]);
  const y = x.sum(1).gt(0).to('int32');
  manualSeed(seed);
  const model = new Sequential(
    new Linear(4, 8),
    new BatchNorm1d(8),
    new Tanh(),
    new Dropout(0.2),
    new Linear(8, 2),
  );
  const optimizer = new Adam(model.parameters(), { lr: 0.01, amsgrad: true });
  const scheduler = new StepLR(optimizer, 1, { gamma: 0.5 });
  const loader = new DataLoader(new TensorDataset(x, y), {
    batchSize: 8,
    shuffle: true,
    ...(own && { generator: own }),
  });
  return { model, optimizer, scheduler, loader };
}
type Training = ReturnType<typeof training>;

/** Trains from `epoch` to `epochs`, or until `stop` steps are done. */
function train(
  { model, optimizer, scheduler, loader }: Training,
  at: { epoch: number; step: number },
  epochs: number,
  stop = Number.POSITIVE_INFINITY,
): { epoch: number; step: number } {
  let { epoch, step } = at;
  for (; epoch < epochs; epoch++) {
    for (const [x, y] of loader as Iterable<[Tensor, Tensor]>) {
      optimizer.zeroGrad();
      crossEntropy(model.forward(x), y).backward();
      optimizer.step();
      step++;
      if (step === stop) return { epoch, step };
    }
    scheduler.step();
  }
  return { epoch, step };
}

const bits = ({ model, optimizer, scheduler }: Training): unknown =>
  [model.stateDict(), optimizer.stateDict(), scheduler.stateDict()].map((dict) =>
    JSON.stringify(dict, (_, v) => (v?.data ? [...v.data()].map(String) : v)),
  );

describe('a checkpoint', () => {
  // 7 batches in an epoch: between passes, at a pass's first batch, in its middle, at its last.
  it.each([7, 8, 11, 13, 14])('after step %i resumes bit for bit', async (stop) => {
    const whole = training(1);
    train(whole, { epoch: 0, step: 0 }, 3);
    const file = join(folder, `${stop}.pth`);
    const first = training(1);
    const at = train(first, { epoch: 0, step: 0 }, 3, stop);
    await saveCheckpoint({ ...first, ...at, extra: { losses: [1, 2] } }, file);

    const second = training(99);
    rand([5]);
    const { epoch, step, extra } = await loadCheckpoint<{ losses: number[] }>(file, second);
    expect({ epoch, step }).toEqual(at);
    expect(extra.losses).toEqual([1, 2]);
    train(second, { epoch, step }, 3);
    expect(bits(second)).toEqual(bits(whole));
    // The random stream has the same state.
    const after = rand([3]).toArray();
    train(training(1), { epoch: 0, step: 0 }, 3);
    expect(rand([3]).toArray()).toEqual(after);
  });

  it('resumes with a custom generator', async () => {
    const make = (seed: number) => {
      const generator = new Generator().manualSeed(seed);
      return { ...training(1, generator), generator };
    };
    const whole = make(5);
    train(whole, { epoch: 0, step: 0 }, 2);
    const first = make(5);
    const at = train(first, { epoch: 0, step: 0 }, 2, 10);
    await saveCheckpoint({ ...first, ...at }, join(folder, 'own.pth'));
    const second = make(6);
    const found = await loadCheckpoint(join(folder, 'own.pth'), second);
    train(second, found, 2);
    expect(bits(second)).toEqual(bits(whole));
  });

  it("has the keys of PyTorch's tutorials, and may be part of another value", async () => {
    const { model, optimizer } = training(1);
    const file = join(folder, 'part.pth');
    await saveCheckpoint({ model, optimizer, epoch: 3 }, file);
    const found = await load<Record<string, unknown>>(file);
    expect(Object.keys(found)).toEqual([
      'epoch',
      'step',
      'model_state_dict',
      'optimizer_state_dict',
      'rng_state',
      'extra',
    ]);
    expect((await loadCheckpoint(file, { model })).epoch).toBe(3);
    expect((await loadCheckpoint(file)).step).toBe(0);
  });

  it('that does not fit is refused, and nothing changes', async () => {
    const saved = training(1);
    const file = join(folder, 'x.pth');
    await saveCheckpoint(saved, file);
    const other = training(2);
    // Fits the model, but not the optimizer.
    const optimizer = new Adam([...other.model.parameters()].slice(1));
    const before = bits(other);
    manualSeed(3);
    const stream = rand([2]).toArray();
    manualSeed(3);
    await expect(
      loadCheckpoint(file, { ...other, optimizer, scheduler: other.scheduler }),
    ).rejects.toThrow(FormatError);
    expect(bits(other)).toEqual(before);
    expect(rand([2]).toArray()).toEqual(stream);
    await saveCheckpoint({ model: saved.model }, file);
    await expect(loadCheckpoint(file, other)).rejects.toThrow(
      'loadCheckpoint: the checkpoint has no optimizer, no scheduler, no loader; leave it out here, or save it with saveCheckpoint',
    );
    await expect(loadCheckpoint(file, { generator: new Generator() })).rejects.toThrow(
      'has no generator',
    );
    await expect(saveCheckpoint({ epoch: -1 }, file)).rejects.toThrow(ValueError);
    const plain = new TextEncoder().encode('N.');
    await expect(loadCheckpoint(plain)).rejects.toThrow(FormatError);
  });

  it('that is another file, or damaged, is refused, and nothing changes', async () => {
    const file = join(folder, 'damaged.pth');
    for (const other of [{ a: 1 }, [1], null]) {
      await expect(loadCheckpoint(await saveBytes(other as object))).rejects.toThrow(
        'the file was not written by saveCheckpoint',
      );
    }
    const saved = { ...training(1), generator: new Generator().manualSeed(8) };
    train(saved, { epoch: 0, step: 0 }, 1, 3);
    await saveCheckpoint(saved, file);
    const whole = await load<Record<string, unknown>>(file);
    const damaged = (change: object): Promise<Uint8Array> => saveBytes({ ...whole, ...change });
    const unchanged = async (bytes: Uint8Array, message: string): Promise<void> => {
      const other = { ...training(2), generator: new Generator().manualSeed(9) };
      train(other, { epoch: 0, step: 0 }, 1, 5);
      const before = structuredClone([other.loader.stateDict(), other.generator.getState()]);
      const values = bits(other);
      manualSeed(3);
      const stream = rand([2]).toArray();
      manualSeed(3);
      await expect(loadCheckpoint(bytes, other)).rejects.toThrow(message);
      await expect(loadCheckpoint(bytes, other)).rejects.toThrow(FormatError);
      expect([other.loader.stateDict(), other.generator.getState()]).toEqual(before);
      expect(bits(other)).toEqual(values);
      expect(rand([2]).toArray()).toEqual(stream);
    };
    await unchanged(
      await damaged({ epoch: 0.5 }),
      'epoch and step of the checkpoint are not integers',
    );
    await unchanged(
      await damaged({ step: '1' }),
      'epoch and step of the checkpoint are not integers',
    );
    await unchanged(
      await damaged({ rng_state: 5 }),
      'the state of a random number generator is not a uint8 tensor',
    );
    await unchanged(await damaged({ generator_state: [1] }), 'not a uint8 tensor');
    await unchanged(await damaged({ rng_state: rand([9]) }), 'not a uint8 tensor');
    await unchanged(
      await damaged({ rng_state: fromTypedArray(new Uint8Array(9), [9]) }),
      'setState',
    );
  });

  it('of a loader with fewer batches is refused', () => {
    const { loader } = training(1);
    const start = new Generator().getState();
    expect(() => loader.loadStateDict({ start, batches: 8 })).toThrow(
      'the state is after batch 8, but this loader has 7',
    );
    expect(() => loader.loadStateDict({} as never)).toThrow(FormatError);
  });
});
