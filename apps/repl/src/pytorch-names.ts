// PyTorch's names, as the documentation comments mention them: `torch.from_numpy` is `fromTypedArray`.
import type { Described, World } from './reference.js';

const indexes = new WeakMap<readonly unknown[], Map<string, Described>>();

/** An export or a member by PyTorch's name for it: `from_numpy`, `F.cross_entropy`, `torch.optim.SGD`; null if none. */
export function pytorchEntry(world: World, name: string): Described | null {
  let index = indexes.get(world.reference);
  if (index === undefined) {
    index = indexOf(world);
    indexes.set(world.reference, index);
  }
  const full = fullName(name.replace(/\(.*\)$/, ''));
  const own = lastOf(full);
  return index.get(full) ?? index.get(own) ?? index.get(camelCase(own)) ?? null;
}

/** Without what is before a name in Python programs: `torch.nn.functional.relu` is `F.relu`. */
const fullName = (name: string): string =>
  name
    .replace(/^(torch\.)?nn\.functional\./, 'F.')
    .replace(/^torch\.(Tensor|nn|optim|utils|cuda|autograd|linalg|special|random)\./, '$1.')
    .replace(/^torch\./, '');

const camelCase = (name: string): string =>
  name.replace(/(?<=.)_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

function indexOf(world: World): Map<string, Described> {
  const index = new Map<string, Described>();
  const add = (key: string, found: Described): void => {
    if (!index.has(key)) index.set(key, found);
  };
  const values = world.reference.filter(({ kind }) => kind !== 'type');
  const tensor = values.filter(({ name }) => name === 'Tensor');
  const modules = values
    .filter(({ name }) => name === 'Module' || name === 'Optimizer')
    // `zero_grad` is mostly the optimizer's.
    .sort((a, b) => (a.name < b.name ? 1 : -1));
  const members = (entries: typeof values): Described[] => entries.flatMap((each) => each.members);
  // A function is found before a method of its name, and a tensor's method before a layer's.
  const all: readonly Described[] = [
    ...values,
    ...members(tensor),
    ...members(modules),
    ...members(values),
  ];
  // What is the function itself is found before what is one use of it: `torch.from_numpy(numpy.array(…))`.
  for (const names of [mentioned, used]) {
    const mentions = all.map((each) => [each, names(each.text)] as const);
    for (const [each, found] of mentions) for (const name of found) add(fullName(name), each);
    for (const [each, found] of mentions) for (const name of found) add(lastOf(name), each);
  }
  for (const each of values) add(each.name, each);
  for (const each of members(tensor)) add(each.name, each);
  return index;
}

const lastOf = (name: string): string => name.split('.').at(-1) as string;

/** What is in code after `PyTorch:` in a comment. */
const codes = (text: string): string[] =>
  [...text.matchAll(/PyTorch: ((?:`[^`]+`(?:, | and |; )?)+)/g)].flatMap(([, list]) =>
    [...list.matchAll(/`([^`]+)`/g)].map(([, code]) => code),
  );

const mentioned = (text: string): string[] =>
  codes(text).filter((code) => /^[A-Za-z_][\w.]*$/.test(code));

const used = (text: string): string[] =>
  codes(text).flatMap((code) => /^[A-Za-z_][\w.]*(?=\()/.exec(code) ?? []);
