// `npm run repl`: a prompt with all packages loaded, which takes TypeScript.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type REPLEval, Recoverable, start } from 'node:repl';
import { inspect } from 'node:util';
import { runInThisContext } from 'node:vm';
import * as backendCuda from '@dl/backend-cuda';
import * as backendWebgpu from '@dl/backend-webgpu';
import * as core from '@dl/core';
import * as data from '@dl/data';
import * as io from '@dl/io';
import * as losses from '@dl/losses';
import * as nn from '@dl/nn';
import * as optim from '@dl/optim';
import { completeSameCase } from './complete.js';
import { evaluator, messageOf } from './evaluate.js';
import { dir, type HelpOptions, help } from './help.js';
import { Pasted } from './pasted.js';
import { readReference, type World } from './reference.js';
import { Incomplete } from './statements.js';

const packages = { core, nn, optim, losses, data, io };
// Their names at the prompt are `cuda` and `webgpu`; what is below them is explained too.
const devices = { 'backend-webgpu': backendWebgpu, 'backend-cuda': backendCuda };
const guide = new URL('../../../docs/guide/start.md', import.meta.url);
const world: World = {
  packages: { ...packages, ...devices },
  reference: readReference(),
  firstPage: existsSync(guide) ? readFileSync(guide, 'utf8') : undefined,
};

const globals: Record<string, unknown> = {
  ...Object.assign({}, ...Object.values(packages).reverse()),
  ...packages,
  // Devices: asked, and started, by the reader.
  cuda: backendCuda.cuda,
  webgpu: backendWebgpu.webgpu,
  dir: (x?: unknown) => console.log(dir(world, x)),
  help: (x?: unknown, options?: HelpOptions) => console.log(help(world, x, options)),
};
// JavaScript's own Function stays what it is at the prompt; ours is core.Function.
delete globals.Function;

const colors = process.stdout.isTTY === true && process.stdin.isTTY === true;
const show = (value: unknown): void => console.log(inspect(value, { colors }));

const args = process.argv.slice(2);
let withStack = args.includes('--stack');
const [first, line, ...more] = args.filter((arg) => arg !== '--stack');
const { run } = evaluator(world);

if (first === undefined) prompt();
else if (first !== '--eval' || line === undefined || more.length > 0) {
  console.error('repl: usage: npm run repl -- [--stack] [--eval LINE]');
  process.exitCode = 2;
} else await evaluate(line);

function defineGlobals(): void {
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: true,
    });
  }
}

async function evaluate(typed: string): Promise<void> {
  defineGlobals();
  try {
    await run(typed, show);
  } catch (error) {
    console.error(messageOf(error, withStack));
    process.exitCode = 1;
  }
}

function prompt(): void {
  const interactive = process.stdin.isTTY === true;
  if (interactive) {
    console.log(`dl: every export of ${Object.keys(packages).join(', ')}; dir(nn), help('Linear')`);
  }
  const input = process.stdin.pipe(new Pasted());
  // The prompt reads keys, and so has the terminal send each of them.
  if (interactive) {
    Object.assign(input, {
      isTTY: true,
      setRawMode: (raw: boolean) => process.stdin.setRawMode(raw) && input,
    });
  }
  const repl = start({
    prompt: interactive ? '> ' : '',
    input,
    output: process.stdout,
    terminal: interactive,
    ignoreUndefined: true,
    useGlobal: true,
    eval: evaluateLines(input),
  });
  defineGlobals();
  completeSameCase(repl);
  repl.defineCommand('stack', {
    help: 'Show the stacks of errors, or stop doing so',
    action() {
      withStack = !withStack;
      console.log(`Stacks of errors are ${withStack ? 'shown' : 'not shown'}.`);
      this.displayPrompt();
    },
  });
  // Without a terminal nobody reads what is asked for.
  if (!interactive) repl.displayPrompt = () => {};
  repl.prependListener('line', () => input.lineRead());
  repl.on('exit', () => {
    process.stdin.unpipe(input);
    process.stdin.pause();
  });
  if (interactive) {
    const file = process.env.DL_REPL_HISTORY ?? join(homedir(), '.dl_repl_history');
    if (file !== '') repl.setupHistory(file, () => {});
  }
}

/** What Node's prompt calls with each line, and with what came before it where lines belong together. */
function evaluateLines(input: Pasted): REPLEval {
  return function evaluateLine(typed, _context, _file, done) {
    // Node asks for the values of names while it completes them.
    const [, asked] = /^try \{ (.*) \} catch ?(?:\(\w*\) )?\{\}$/s.exec(typed) ?? [];
    if (asked !== undefined) return complete(asked, done);
    if (input.goesOn) return done(new Recoverable(new SyntaxError('more lines come')), null);
    const ended = run(typed, (value) => {
      show(value);
      Object.assign(this, { last: value });
    }).then(
      () => done(null, undefined),
      (error) => {
        if (error instanceof Incomplete && typed.trim() !== '')
          return done(new Recoverable(error), null);
        console.log(messageOf(error, withStack));
        done(null, undefined);
      },
    );
    input.holdUntil(ended);
  };
}

function complete(name: string, done: (error: Error | null, value: unknown) => void): void {
  try {
    done(null, runInThisContext(name));
  } catch (error) {
    done(error as Error, null);
  }
}
