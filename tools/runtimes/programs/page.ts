// Runs in a browser without a driver: the suite, its outcome sent to the server.
import { type Goldens, type Outcome, outcomeOf } from 'dl-conformance/outcome';

const { navigator } = globalThis as unknown as {
  readonly navigator: { readonly userAgent: string };
};
const send = (body: Partial<Outcome> & { readonly agent?: string; readonly error?: string }) =>
  fetch('/outcome', { method: 'POST', body: JSON.stringify(body) });

try {
  const goldens = (await (await fetch('/goldens')).json()) as Goldens;
  await send({ agent: navigator.userAgent, ...(await outcomeOf('cpu', goldens)) });
} catch (e) {
  await send({ error: e instanceof Error ? `${e.message}\n${e.stack}` : String(e) });
}
