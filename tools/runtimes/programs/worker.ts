// Runs in an edge runtime: answers the goldens with the suite's outcome, anything else with what a training came to.
import { allclose } from '@dl/core';
import { load, saveBytes } from '@dl/io';
import { Linear } from '@dl/nn';
import { type Goldens, outcomeOf } from 'dl-conformance/outcome';

/** Trains, which throws where nothing was learned, and reads back what it saves. */
async function train(): Promise<string> {
  await import('dl-release-proof/net');
  const { weight } = new Linear(2, 8);
  const { saved } = (await load(await saveBytes({ saved: weight }))) as { saved: typeof weight };
  return allclose(saved, weight) ? 'trained' : 'not read as it was saved';
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
