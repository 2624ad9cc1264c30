// dir() and help(): lists names and explains them.
import { pytorchEntry } from './pytorch-names.js';
import type { Described, Entry, World } from './reference.js';

const columns = (names: readonly string[], width = 78): string => {
  const lines: string[] = [];
  let line = ' ';
  for (const name of names) {
    if (line.length + name.length + 1 > width) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${name}`;
  }
  return [...lines, line].join('\n');
};

const groups = [
  ['class', 'Classes'],
  ['function', 'Functions'],
  ['constant', 'Constants'],
] as const;

/** What a package holds, or what an object or class has: names in groups. */
export function dir(world: World, x: unknown): string {
  const found = Object.entries(world.packages).find(
    ([name, exports]) => exports === x || name === x,
  );
  if (found !== undefined) {
    const [name, exports] = found;
    const own = world.reference.filter(
      (entry) => entry.package === `@dl/${name}` && entry.name in exports,
    );
    const parts = groups.map(([kind, title]) => {
      const names = own.filter((entry) => entry.kind === kind).map((entry) => entry.name);
      return names.length === 0 ? '' : `${title}\n${columns(names.sort())}`;
    });
    return [`@dl/${name}`, ...parts].filter((part) => part !== '').join('\n\n');
  }
  if (typeof x === 'string') {
    const entry = lookUp(world, x);
    if (entry === null) return unknownName(world, x);
    return 'source' in entry ? dir(world, exported(world, entry)) : page(world, entry);
  }
  if (x === undefined) return overview(world);
  if (x === null || (typeof x !== 'object' && typeof x !== 'function')) {
    return `${String(x)} has no names; dir(nn) lists a package, dir(x) an object`;
  }
  const target = typeof x === 'function' && x.prototype ? (x.prototype as object) : x;
  const methods = new Set<string>();
  const fields = new Set<string>();
  const hidden = new Set(entryOf(world, x)?.hidden);
  for (const [name, value] of Object.entries(typeof x === 'function' ? {} : x)) {
    if (!hidden.has(name)) (typeof value === 'function' ? methods : fields).add(name);
  }
  for (let p: object | null = target; p !== null && p !== Object.prototype; ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(p))) {
      if (name === 'constructor' || name.startsWith('_') || hidden.has(name)) continue;
      if (methods.has(name) || fields.has(name)) continue;
      if (typeof value === 'function') methods.add(name);
      else if (p !== x) fields.add(name);
    }
    p = Object.getPrototypeOf(p);
  }
  const maker = (x as { constructor?: { name: string } }).constructor;
  const title =
    typeof x === 'function'
      ? x.name
      : maker === undefined || maker === Object
        ? (entryOf(world, x)?.name ?? 'object')
        : maker.name;
  const parts = [title];
  if (methods.size > 0) parts.push(`Methods\n${columns([...methods].sort())}`);
  if (fields.size > 0) parts.push(`Fields\n${columns([...fields].sort())}`);
  return parts.join('\n\n');
}

/** Options of `help`. */
export interface HelpOptions {
  /** Show the source instead. */
  source?: boolean;
}

/** How something is used: an export, an instance of a class, or a name in quotes (`'Tensor.view'`). */
export function help(world: World, x: unknown, options: HelpOptions = {}): string {
  if (x === undefined) return overview(world);
  const namespace = Object.entries(world.packages).find(
    ([name, exports]) => exports === x || name === x,
  )?.[1];
  if (namespace !== undefined) return dir(world, namespace);
  const found =
    typeof x === 'string' ? lookUp(world, x) : (entryOf(world, x) ?? memberOf(world, x));
  if (found === null) {
    return typeof x === 'string'
      ? unknownName(world, x)
      : `no help for this value; dir(x) lists its names, help("name") explains a name`;
  }
  if (options.source === true) {
    const entry =
      'source' in found
        ? found
        : (world.reference.find((e) => e.name === found.name && e.file === found.file) ??
          world.reference.find((e) => e.file === found.file));
    return `// ${found.file}:${found.line}\n${(entry as Entry).source}`;
  }
  return page(world, found);
}

const overview = (world: World): string =>
  [
    ...(world.firstPage === undefined ? [] : [`${world.firstPage.trimEnd()}\n`]),
    'help(nn.Linear), help(x) or help("crossEntropy") explain; { source: true } shows the source.',
    'dir(nn) lists a package:',
    columns(Object.keys(world.packages)),
    'cuda and webgpu are the devices: dir(webgpu), help(webgpu.init).',
    "PyTorch's names are found too: help('torch.from_numpy').",
  ].join('\n');

/** A signature with its arguments in place, of the forms that `Given` stands for. */
const inPlace = (signature: string): string =>
  signature.replace(/\.\.\.\w+: Given<\[(.*?)\], readonly \[.*\](?:, (?:true|false))?>/s, '$1');

/** The fields of the option objects that a signature names: `LinearOptions` and the like. */
function optionsOf(world: World, signatures: readonly string[]): string {
  const names = new Set(signatures.flatMap((text) => text.match(/\b[A-Z]\w*Options\b/g) ?? []));
  const fields = world.reference
    .filter((entry) => entry.kind === 'type' && names.has(entry.name))
    .flatMap((entry) => entry.members);
  return [...new Map(fields.map((field) => [field.name, field])).values()]
    .map(
      ({ signatures: [signature], text }) =>
        `${signature?.replace(' | undefined', '')}${text === '' ? '' : ` — ${oneLine(text)}`}`,
    )
    .join('\n');
}

const oneLine = (text: string): string => plain(text).replace(/\s*\n\s*/g, ' ');

function page(world: World, entry: Described): string {
  const lines = [entry.signatures.map((s) => wrap(inPlace(s), '')).join('\n')];
  const block = (title: string, text: string): void => {
    if (text !== '') lines.push(`${title}\n${indent(text)}`);
  };
  if (entry.text !== '') lines.push(plain(entry.text));
  block('Arguments', entry.params.map(({ name, text }) => `${name}: ${plain(text)}`).join('\n'));
  block('Options', optionsOf(world, entry.signatures));
  if ('members' in entry && entry.kind === 'constant') {
    block(
      'Has',
      columns((entry as Entry).members.map(({ name }) => name).sort()).replace(/^ {2}/gm, ''),
    );
  }
  block('Returns', plain(entry.returns));
  block('Errors', entry.throws.map(plain).join('\n'));
  block('Example', entry.examples.join('\n'));
  lines.push(
    `${entry.package}, ${entry.file}:${entry.line}\nguide: docs/guide/${guideOf(entry)}.md`,
  );
  return lines.join('\n\n');
}

/** The page of the guide that speaks of an export. */
function guideOf({ package: name, file }: Described): string {
  if (name === '@dl/nn') return 'modules';
  if (name === '@dl/io') return 'saving';
  if (name.startsWith('@dl/backend-')) return 'devices';
  if (name !== '@dl/core') return 'training';
  if (file.includes('/autograd/')) return 'autograd';
  return file.includes('/backend/') ? 'devices' : 'tensor';
}

/** `{@link Module.x}` as its text. */
const plain = (text: string): string => text.replace(/\{@link ([^}]*)\}/g, '$1');
const indent = (text: string): string => text.replace(/^/gm, '  ');
const wrap = (text: string, lead: string): string => lead + text;

/** The entry of an exported value, or of the class of an instance. */
function entryOf(world: World, x: unknown): Entry | null {
  for (const entry of world.reference) {
    const value = exported(world, entry);
    if (value !== undefined && value === x) return entry;
  }
  if (typeof x === 'function') return null;
  if (typeof x === 'object' && x !== null) {
    for (let p = Object.getPrototypeOf(x) as object | null; p !== null; ) {
      const found = world.reference.find((entry) => {
        const value = exported(world, entry);
        return typeof value === 'function' && value.prototype === p;
      });
      if (found !== undefined) return found;
      p = Object.getPrototypeOf(p);
    }
  }
  return null;
}

/** A method: of a class, or of an object such as `webgpu` or `nn.init`. */
function memberOf(world: World, x: unknown): Described | null {
  if (typeof x !== 'function') return null;
  for (const entry of world.reference) {
    const value = exported(world, entry) as object | undefined;
    const holder =
      entry.kind === 'class' ? (value as { prototype?: object } | undefined)?.prototype : value;
    if (holder === undefined || holder === null || entry.members.length === 0) continue;
    const found = entry.members.find(
      ({ name }) => Object.getOwnPropertyDescriptor(holder, name)?.value === x,
    );
    if (found !== undefined) return explained(world, found);
  }
  return null;
}

/** The function itself where a tensor's method points at it or says nothing. */
function explained(world: World, member: Described): Described {
  const [, pointed] = /see the function `(\w+)`/.exec(member.text) ?? [];
  const name = member.text === '' && member.package === '@dl/core' ? member.name : pointed;
  return world.reference.find((e) => e.name === name && e.package === member.package) ?? member;
}

const exported = (world: World, entry: Entry): unknown =>
  world.packages[entry.package.slice(4)]?.[entry.name];

function lookUp(world: World, name: string): Entry | Described | null {
  // What Python programs call `torch` is no object here, whose method would be looked for.
  const isPython = /^(torch|F|nn\.functional)\./.test(name);
  const found = isPython ? pytorchEntry(world, name) : null;
  return found ?? lookUpOwn(world, name) ?? (isPython ? null : pytorchEntry(world, name));
}

function lookUpOwn(world: World, name: string): Entry | Described | null {
  const path = name.replace(/\(.*\)$/, '').split('.');
  if (path.length > 1 && path[0] in world.packages) path.shift();
  const [first, second] = path as [string, string | undefined];
  const entry = world.reference.find((e) => e.name === first && e.kind !== 'type');
  const any = entry ?? world.reference.find((e) => e.name === first);
  if (any !== undefined && second === undefined) return any;
  if (any !== undefined) {
    const member = any.members.find((m) => m.name === second);
    return member === undefined ? null : explained(world, member);
  }
  // A method's name by itself, or of something the reader named ('x.at'): mostly a tensor's.
  const method = second ?? first;
  const classes = [...world.reference].filter((e) => e.kind === 'class');
  for (const owner of ['Tensor', 'Module', 'Optimizer', 'LRScheduler']) {
    const member = classes.find((e) => e.name === owner)?.members.find((m) => m.name === method);
    if (member !== undefined) return explained(world, member);
  }
  return null;
}

function unknownName(world: World, name: string): string {
  const names = world.reference.filter((e) => e.kind !== 'type').map((e) => e.name);
  const near = names
    .map((other) => ({ other, off: distance(plainName(name), plainName(other)) }))
    .filter(({ other, off }) => off <= Math.max(2, Math.floor(other.length / 3)))
    .sort((a, b) => a.off - b.off)
    .slice(0, 5)
    .map(({ other }) => other);
  return `there is no '${name}'${near.length > 0 ? `; similar names: ${near.join(', ')}` : '; dir(core) lists names'}`;
}

/** Without what is before it, and however its words are joined. */
const plainName = (name: string): string =>
  (name.split('.').at(-1) as string).toLowerCase().replace(/(?<=.)_(?=.)/g, '');

/** How many letters have to be changed, added or left out (Levenshtein 1966). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
