// Builds a module from a pickled PyTorch module: its class by name, and its attributes as data.
import { DLError, FormatError, Tensor } from '@dl/core/functional';
import type { AnyModule, Plain } from '@dl/nn';
import { bad, unsupported } from '../errors.js';
import { type ModuleSource, type NN, rebuild } from '../modules.js';
import { PyDict, PyForeign, PyObject, PySet } from '../pickle/values.js';
import { MAX_DEPTH } from '../saveable.js';
import { TensorRef } from './globals.js';
import { layerForms, plainConfig, type ReadParts } from './layers.js';
import type { BuildModule } from './materialize.js';
import { CONFIG } from './module-writer.js';

const HINT = 'load a state dict into your own model instead';

/**
 * Maximum number of submodules; a small file can contain one module in another a million times, and that in a third.
 */
const MOST_MODULES = 100_000;

/** Creates modules, given @dl/nn. */
export const moduleBuilder =
  (nn: NN): BuildModule =>
  (object, convert) =>
    build(nn, object, convert);

function build(nn: NN, object: PyObject, convert: (x: unknown) => unknown): AnyModule {
  const state: Record<string, unknown> = {};
  const evaluating: string[] = [];
  const frozen: string[] = [];
  let count = 0;
  const visit = (part: PyObject, path: string, depth: number): void => {
    if (++count > MOST_MODULES)
      throw bad(object.at, `a module of more than ${MOST_MODULES} modules`);
    if (depth > MAX_DEPTH) throw bad(part.at, `modules are nested more than ${MAX_DEPTH} deep`);
    const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
    const own = attributesOf(part);
    if (own.entries.get('training') === false) evaluating.push(path);
    for (const [name, x] of entriesOf(own, '_parameters', part)) {
      if (x === null) continue;
      if (!(x instanceof TensorRef))
        throw bad(part.at, `the parameter '${at(name)}' is not a tensor`);
      state[at(name)] = supported(convert(x), part, at(name));
      if (!x.requiresGrad) frozen.push(at(name));
    }
    const passing = own.entries.get('_non_persistent_buffers_set');
    for (const [name, x] of entriesOf(own, '_buffers', part)) {
      if (x === null || (passing instanceof PySet && passing.items.has(name))) continue;
      if (!(x instanceof TensorRef)) throw bad(part.at, `the buffer '${at(name)}' is not a tensor`);
      state[at(name)] = supported(convert(x), part, at(name));
    }
    for (const [name, child] of childrenOf(part)) visit(child, at(name), depth + 1);
  };
  visit(object, '', 0);
  const source: ModuleSource = {
    description: describe(nn, object, 0),
    state,
    modes: { evaluating, frozen },
  };
  try {
    return rebuild(nn, source);
  } catch (error) {
    // A layer refuses its arguments as it would in a program.
    if (error instanceof FormatError || !(error instanceof DLError)) throw error;
    throw bad(object.at, `the module that begins here cannot be created: ${error.message}`);
  }
}

/** A tensor of the module; throws if its dtype is not supported. */
function supported(x: unknown, { at }: PyObject, name: string): unknown {
  if (x instanceof Tensor) return x;
  throw unsupported(at, `'${name}' has a dtype that is not supported (${String(x)})`, HINT);
}

function attributesOf(object: PyObject): PyDict {
  if (!(object.state instanceof PyDict)) throw bad(object.at, `a ${object.type.path} has no state`);
  return object.state;
}

function* entriesOf(
  attributes: PyDict,
  name: string,
  object: PyObject,
): Generator<[string, unknown]> {
  const dict = attributes.entries.get(name);
  if (dict === undefined || dict === null) return;
  if (!(dict instanceof PyDict))
    throw bad(object.at, `${name} of a ${object.type.path} is not a dict`);
  for (const [key, value] of dict.entries) {
    if (typeof key !== 'string')
      throw bad(object.at, `${name} of a ${object.type.path} has a key that is not a string`);
    yield [key, value];
  }
}

function* childrenOf(object: PyObject): Generator<[string, PyObject]> {
  for (const [name, child] of entriesOf(attributesOf(object), '_modules', object)) {
    if (child === null) continue;
    if (child instanceof PyForeign) {
      throw unsupported(object.at, `the module '${name}' has an unknown class`, HINT);
    }
    if (!(child instanceof PyObject)) throw bad(object.at, `the module '${name}' is not a module`);
    yield [name, child];
  }
}

/** What `buildModule` takes. */
function describe(nn: NN, object: PyObject, depth: number): Plain {
  if (depth > MAX_DEPTH) throw bad(object.at, `modules are nested more than ${MAX_DEPTH} deep`);
  const { name } = object.type;
  const torch = object.type.module.startsWith('torch.');
  const form = torch && Object.hasOwn(layerForms, name) ? layerForms[name] : undefined;
  if (torch && form === undefined) {
    throw unsupported(
      object.at,
      `the file contains a ${object.type.path}, which is not supported`,
      `load a state dict into your own model instead`,
    );
  }
  const attributes = attributesOf(object);
  const training = attributes.entries.get('training') !== false;
  const made = (config: Readonly<Record<string, Plain>>): Plain => ({
    type: name,
    config,
    training,
  });
  if (form === undefined) {
    const given = attributes.entries.get(CONFIG);
    return made(plainConfig(given instanceof PyDict ? given : attributes));
  }
  if (name === 'Sequential' || name === 'ModuleList' || name === 'ModuleDict') {
    const modules = [...childrenOf(object)].map(([key, child]) => [
      key,
      describe(nn, child, depth + 1),
    ]);
    return made({ modules });
  }
  const parts = partsOf(nn, object, depth);
  if (form.read !== undefined) return made(form.read(attributes, parts));
  const config = { ...plainConfig(attributes) };
  const bias = parts.parameter('bias');
  if (bias !== undefined && typeof config.bias !== 'boolean') {
    return made({ ...config, bias: bias !== null });
  }
  return made(config);
}

function partsOf(nn: NN, object: PyObject, depth: number): ReadParts {
  const child = (name: string): PyObject | undefined =>
    [...childrenOf(object)].find(([key]) => key === name)?.[1];
  return {
    attribute: (name) => attributesOf(object).entries.get(name),
    parameter: (name) =>
      [...entriesOf(attributesOf(object), '_parameters', object)].find(
        ([key]) => key === name,
      )?.[1],
    child: (name) => {
      const found = child(name);
      return found === undefined ? null : partsOf(nn, found, depth + 1);
    },
    describe: (name) => {
      const found = child(name);
      if (found === undefined) throw bad(object.at, `a ${object.type.path} has no '${name}'`);
      return describe(nn, found, depth + 1);
    },
  };
}
