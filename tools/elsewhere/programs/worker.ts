// Runs in an edge runtime: answers the goldens with the suite's outcome, anything else with a net that it trained.
import { allclose, manualSeed, tensor } from '@dl/core';
import { load, saveBytes } from '@dl/io';
import { mseLoss } from '@dl/losses';
import { Linear, Sequential, Tanh } from '@dl/nn';
import { SGD } from '@dl/optim';
import { type Goldens, outcomeOf } from 'dl-conformance/outcome';

const net = () => new Sequential(new Linear(2, 8), new Tanh(), new Linear(8, 1));

async function train(): Promise<string> {
  manualSeed(0);
  const x = tensor([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  const y = tensor([[0], [1], [1], [0]]);
  const model = net();
  const optimizer = new SGD(model.parameters(), { lr: 0.3, momentum: 0.9 });
  for (let step = 0; step < 300; step++) {
    optimizer.zeroGrad();
    mseLoss(model.forward(x), y).backward();
    optimizer.step();
  }
  const copy = net();
  copy.loadStateDict((await load(await saveBytes(model.stateDict()))) as never);
  const learned = mseLoss(copy.forward(x), y).item() < 1e-3;
  return learned && allclose(copy.forward(x), model.forward(x)) ? 'trained' : `${model}`;
}

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      if (request.method !== 'POST') return new Response(await train());
      return Response.json(await outcomeOf('cpu', (await request.json()) as Goldens));
    } catch (e) {
      return new Response(e instanceof Error ? e.stack : String(e), { status: 500 });
    }
  },
};
