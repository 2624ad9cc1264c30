// Runs in a browser without a driver: the suite, its outcome sent to the server.
import { type Outcome, outcome } from 'dl-conformance/page';

const { navigator } = globalThis as unknown as {
  readonly navigator: { readonly userAgent: string };
};
const device = new URL(import.meta.url).searchParams.get('device') ?? 'cpu';
const send = (body: Partial<Outcome> & { readonly agent?: string; readonly error?: string }) =>
  fetch('/outcome', { method: 'POST', body: JSON.stringify(body) });

try {
  await send({ agent: navigator.userAgent, ...(await outcome(device)) });
} catch (e) {
  await send({ error: e instanceof Error ? `${e.message}\n${e.stack}` : String(e) });
}
