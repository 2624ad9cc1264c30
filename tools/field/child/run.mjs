// Runs cases in this process, one after the other: node run.mjs FOLDERS CASES KIND/NAME...
// It says when it has done: early, after a case that has changed something which the next one would see
// (see state.mjs). The runner ends it then.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { show } from '../lib/want.mjs';
import { reseed, stateOf } from './state.mjs';

const [folders, cases, ...names] = process.argv.slice(2);

const kindOf = (id) => import(pathToFileURL(join(cases, `${id.split('/')[0]}.mjs`)).href);

const say = (line) =>
  new Promise((done) => process.stdout.write(`\n@@${JSON.stringify(line)}\n`, done));

async function outcomeOf(run, folder) {
  try {
    return { value: await run({ folder }) };
  } catch (error) {
    return { error };
  }
}

async function runOne(id) {
  const name = id.split('/')[1];
  const { run, want } = (await kindOf(id)).default[name];
  const folder = join(folders, name);
  mkdirSync(folder, { recursive: true });
  const outcome = await outcomeOf(run, folder);
  try {
    const passed = want(outcome) === true;
    const got =
      'error' in outcome
        ? `throws ${outcome.error?.name}: ${String(outcome.error?.message).replace(/\s+/g, ' ').slice(0, 300)}`
        : show(outcome.value);
    return { id, passed, got: got.replaceAll(folder, '<folder>') };
  } catch (error) {
    return { id, passed: false, got: `a value that cannot be read: ${error.message}` };
  }
}

// The first import of a kind may start something that stays, so the state is taken after it.
for (const id of names) await kindOf(id);
// Both streams are opened when they are first written to.
for (const stream of [process.stdout, process.stderr])
  await new Promise((done) => stream.write('', done));
const before = stateOf();
for (const [i, id] of names.entries()) {
  if (i > 0) reseed();
  await say(await runOne(id));
  if (stateOf() !== before) break;
}
await say({ id: null });
process.exit(0);
