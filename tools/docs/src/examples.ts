// The examples of the documentation comments as programs: what they use is imported, what they leave open is declared.
import ts from 'typescript';
import type { Entry } from './extract.js';

/** A documentation comment's example. */
export interface Example {
  /** The export or member that it belongs to, such as `Tensor.add`. */
  readonly of: string;
  readonly package: string;
  readonly code: string;
}

/** Types of names that examples use without declaring them. */
const given: { readonly [name: string]: string } = {
  ...named('core.Tensor', 'x y a b w g loss image images labels mask weight target input logits'),
  ...named('core.Tensor', 'logProbabilities anchor positive negative mean variance'),
  ...named('number', 'epoch batch batches accuracy patience'),
  ...named('nn.Module', 'block head encoder'),
  layer: 'nn.Linear',
  ...named('nn.Sequential', 'model net'),
  ...named('boolean', 'tired'),
  optimizer: 'optim.SGD',
  scheduler: 'optim.StepLR',
  dataset: 'data.TensorDataset<[core.Tensor, core.Tensor]>',
  first: 'data.TensorDataset<[core.Tensor]>',
  second: 'data.TensorDataset<[core.Tensor]>',
  loader: 'data.DataLoader<[core.Tensor, core.Tensor]>',
  generator: 'core.Generator',
  saved: 'core.Tensor',
  file: 'io.SafetensorsFile',
  myBackend: 'core.Backend',
  button: 'HTMLButtonElement',
  Net: 'new () => nn.Module',
  f: '(x: core.Tensor) => core.Tensor',
  step: 'number & ((batch?: unknown) => void)',
  train: '(...batch: core.Tensor[]) => void',
  visit: '(x: unknown) => void',
};

function named(type: string, names: string): { [name: string]: string } {
  return Object.fromEntries(names.split(' ').map((name) => [name, type]));
}

const packages = ['core', 'nn', 'optim', 'losses', 'data', 'io'];

/** All examples of a reference, each text once. */
export function examplesOf(reference: readonly Entry[]): Example[] {
  const found = new Map<string, Example>();
  const add = (of: string, entry: Entry, examples: readonly string[]): void => {
    for (const code of examples) {
      const known = `${entry.package} ${code}`;
      if (!found.has(known)) found.set(known, { of, package: entry.package, code });
    }
  };
  for (const entry of reference) {
    add(entry.name, entry, entry.examples);
    for (const member of entry.members) add(`${entry.name}.${member.name}`, entry, member.examples);
  }
  return [...found.values()];
}

/** Names that a program uses and does not declare. */
export function freeNames(code: string): Set<string> {
  const file = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ES2022, true);
  const free = new Set<string>();
  const visit = (node: ts.Node, scope: ReadonlySet<string>): void => {
    const inner = opensScope(node) ? new Set([...scope, ...declaredIn(node)]) : scope;
    if (ts.isIdentifier(node) && isUse(node) && !inner.has(node.text)) free.add(node.text);
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  visit(file, new Set());
  return free;
}

const opensScope = (node: ts.Node): boolean =>
  ts.isSourceFile(node) || ts.isFunctionLike(node) || ts.isClassLike(node) || ts.isBlock(node);

/** Names that a file, function, class or block declares, without those of the scopes in it. */
function declaredIn(scope: ts.Node): Set<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isDeclaration(node)) names.add(node.text);
    if (node === scope || !opensScope(node)) ts.forEachChild(node, visit);
    else if ('name' in node && ts.isIdentifier(node.name as ts.Node)) visit(node.name as ts.Node);
  };
  visit(scope);
  return names;
}

const isName = (node: ts.Identifier): boolean => 'name' in node.parent && node.parent.name === node;

const isMember = (node: ts.Node): boolean =>
  ts.isClassElement(node) || ts.isTypeElement(node) || ts.isObjectLiteralElement(node);

const isDeclaration = (node: ts.Identifier): boolean =>
  isName(node) && !isMember(node.parent) && !ts.isPropertyAccessExpression(node.parent);

function isUse(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent) && parent.propertyName === node) return false;
  if (ts.isNamedTupleMember(parent) && isName(node)) return false;
  return !isName(node);
}

/** An example as a module that compiles by itself. */
export function programOfExample(example: Example, reference: readonly Entry[]): string {
  const imports = new Map<string, string[]>();
  const declarations: string[] = [];
  for (const name of freeNames(example.code)) {
    const exporting = reference.filter((e) => e.name === name).map((e) => e.package);
    const from = exporting.includes(example.package) ? example.package : exporting[0];
    const isCalled = new RegExp(`(?<![.\\w])${name}\\(`).test(example.code);
    if (name in given && !(isCalled && from !== undefined)) {
      declarations.push(`declare let ${name}: ${given[name]};`);
    } else if (from !== undefined) imports.set(from, [...(imports.get(from) ?? []), name]);
  }
  const spaces = packages
    .filter((name) => declarations.some((line) => line.includes(`${name}.`)))
    .map((name) => `import type * as ${name} from '@dl/${name}';`);
  const lines = [...imports].map(([from, names]) => {
    const kind = (name: string): string =>
      reference.some((e) => e.name === name && e.package === from && e.kind === 'type')
        ? `type ${name}`
        : name;
    return `import { ${names.map(kind).join(', ')} } from '${from}';`;
  });
  return [...spaces, ...lines, ...declarations, example.code, 'export {};', ''].join('\n');
}
