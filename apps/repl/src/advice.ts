// What to write instead, for errors of those who write PyTorch's Python.
import ts from 'typescript';
import { pytorchEntry } from './pytorch-names.js';
import type { World } from './reference.js';

/** The error itself, or one that says what to write. */
export function advise(
  world: World,
  error: unknown,
  typed: string,
  valueBy: (name: string) => unknown,
): unknown {
  if (!(error instanceof Error)) return error;
  const advice =
    calledModule(error, typed, valueBy) ?? calledClass(error) ?? unknownName(world, error);
  if (advice === null) return error;
  const told = new (error instanceof ReferenceError ? ReferenceError : TypeError)(advice);
  told.stack = error.stack?.replace(error.message, advice);
  return told;
}

/** `net(x)`: modules are no functions here. */
function calledModule(
  error: Error,
  typed: string,
  valueBy: (name: string) => unknown,
): string | null {
  const [, name] = /^([\w$.[\]]+) is not a function/.exec(error.message) ?? [];
  if (name === undefined || name.startsWith('this.')) return null;
  let value: unknown;
  try {
    value = valueBy(name);
  } catch {
    return null;
  }
  if (typeof (value as { forward?: unknown } | null)?.forward !== 'function') return null;
  return `${name} is a module, which is not called itself: use ${name}.forward(${argumentsOf(typed, name)})`;
}

/** What stands between the brackets of the first call of a name. */
function argumentsOf(typed: string, name: string): string {
  const file = ts.createSourceFile('typed.ts', typed, ts.ScriptTarget.ES2022, true);
  let found: string | undefined;
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.getText(file) === name) {
      found ??= node.arguments.map((argument) => argument.getText(file)).join(', ');
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found ?? 'x';
}

/** `Linear(2, 3)`: classes take `new`. */
function calledClass(error: Error): string | null {
  const [, name] =
    /^Class constructor (\S+) cannot be invoked without 'new'/.exec(error.message) ?? [];
  return name === undefined ? null : `${name} is a class: use new ${name}(…)`;
}

/** A name of Python's that is another one here. */
function unknownName(world: World, error: Error): string | null {
  const [, name] = /^(\S+) is not defined/.exec(error.message) ?? [];
  if (!(error instanceof ReferenceError) || name === undefined) return null;
  if (name === 'torch') {
    return "torch is not defined: its names stand by themselves, as in tensor([1, 2]); help('torch.cat') explains one";
  }
  const entry = pytorchEntry(world, name);
  if (entry === null || entry.name === name) return null;
  return `${name} is not defined: here it is ${entry.name}; help('${entry.name}') explains it`;
}
