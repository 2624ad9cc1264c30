// Converts modules to plain data and back, so that a file can hold a whole model without code.
import { callable, FormatError, forkRng, kinds, need, ValueError } from '@dl/core/functional';
import { moduleKind } from './arguments.js';
import { configuredLayers, plainLayers } from './builtin.js';
import { type Config, ConfigReader, type Plain } from './config.js';
import { ModuleDict, ModuleList } from './containers.js';
import { isModule, membersOf } from './members.js';
import { type AnyModule, Module } from './module.js';
import { Sequential, type Step } from './sequential.js';
import { TransformerEncoder, type TransformerEncoderLayer } from './transformer.js';

/** A module as plain data: its registered name, and the config from which its class rebuilds it. */
export interface ModuleDescription {
  readonly type: string;
  readonly config: Config;
  readonly training: boolean;
}

/** A class whose instances describe themselves by `config()`. */
export type ConfigurableClass = {
  readonly prototype: AnyModule & { config(): Config };
  /** The type of a module's `config()`. */
  fromConfig(config: Config): AnyModule;
};

/** A class that can be registered: configurable, or built without arguments. */
export type RegistrableClass = ConfigurableClass | (new () => AnyModule);

interface Entry {
  /** The class with that name; a subclass needs its own registration. */
  readonly prototype: object;
  describe(module: AnyModule, depth: number): Config;
  build(config: Config, depth: number): AnyModule;
}

// A file may claim any depth, but the stack is limited.
const MAX_DEPTH = 200;

const entries = new Map<string, Entry>();
let complete = false;

/** All entries, including those of this package. Filled at first use, so that importing has no side effects. */
function registered(): Map<string, Entry> {
  if (complete) return entries;
  complete = true;
  for (const [name, type] of Object.entries(plainLayers())) entries.set(name, entryOf(name, type));
  for (const [name, { prototype, build }] of Object.entries(configuredLayers())) {
    entries.set(name, {
      prototype,
      describe: (m) => (m as AnyModule & { config(): Config }).config(),
      build: (config) => build(new ConfigReader(name, config)),
    });
  }
  entries.set('Sequential', {
    prototype: Sequential.prototype,
    describe: describeNamed,
    build: (config, depth) => {
      const net = new Sequential();
      for (const [name, child] of namedOf('Sequential', config, depth)) {
        net.add(name, child as Step);
      }
      return net;
    },
  });
  entries.set('ModuleList', {
    prototype: ModuleList.prototype,
    describe: describeNamed,
    build: (config, depth) =>
      new ModuleList([...namedOf('ModuleList', config, depth)].map(([, child]) => child)),
  });
  entries.set('ModuleDict', {
    prototype: ModuleDict.prototype,
    describe: describeNamed,
    build: (config, depth) => new ModuleDict(namedOf('ModuleDict', config, depth)),
  });
  entries.set('TransformerEncoder', {
    prototype: TransformerEncoder.prototype,
    describe: (module, depth) => {
      const { layers, norm } = module as TransformerEncoder;
      return {
        layers: describe(layers, depth + 1) as unknown as Plain,
        norm: norm === null ? null : (describe(norm, depth + 1) as unknown as Plain),
      };
    },
    build: (config, depth) => {
      const layers = build(config.layers, depth + 1);
      if (!(layers instanceof ModuleList)) {
        throw new FormatError("TransformerEncoder: 'layers' must be a ModuleList");
      }
      const norm = (config.norm ?? null) === null ? null : build(config.norm, depth + 1);
      return TransformerEncoder.of(
        layers as ModuleList<TransformerEncoderLayer>,
        norm as Step | null,
      );
    },
  });
  return entries;
}

// These hold arbitrary modules, so their descriptions contain the descriptions of those.
const describeNamed = (module: AnyModule, depth: number): Config => ({
  modules: membersOf(module).children.map(([name, child]) => [
    name,
    describe(child as AnyModule, depth + 1) as unknown as Plain,
  ]),
});

function* namedOf(type: string, config: Config, depth: number): Generator<[string, AnyModule]> {
  const list = config.modules;
  if (!Array.isArray(list)) {
    throw new FormatError(`${type}: the description lacks 'modules', a list of [name, module]`);
  }
  for (const item of list as readonly Plain[]) {
    const [name, child] = Array.isArray(item) ? item : [];
    if (typeof name !== 'string') {
      throw new FormatError(
        `${type}: the items of 'modules' must be [name, module], got ${JSON.stringify(item)}`,
      );
    }
    yield [name, build(child, depth + 1)];
  }
}

function entryOf(name: string, type: RegistrableClass): Entry {
  const { prototype } = type as { prototype: AnyModule & { config?(): Config } };
  const builds = Object.hasOwn(type, 'fromConfig');
  const describes = typeof prototype.config === 'function';
  if (builds !== describes) {
    // An inherited fromConfig does not count, since it would build the parent.
    throw new ValueError(
      builds
        ? `registerModule: ${name} has a static fromConfig() but no config(); add config() { return { … }; }`
        : `registerModule: ${name} has config() but no own static fromConfig(); add static fromConfig(config) { return new ${name}(…); }`,
    );
  }
  if (builds) {
    return {
      prototype,
      describe: (module) => (module as AnyModule & { config(): Config }).config(),
      build: (config) => (type as ConfigurableClass).fromConfig(config),
    };
  }
  const simple = type as new () => AnyModule;
  if (simple.length > 0) {
    throw new ValueError(
      `registerModule: the constructor of ${name} takes arguments; add config() { return { … }; } to describe a module ` +
        `and static fromConfig(config) { return new ${name}(…); } to build it from that description`,
    );
  }
  return { prototype, describe: () => ({}), build: () => new simple() };
}

const moduleClass = /*#__PURE__*/ kinds.kind<RegistrableClass>(
  'a class that extends Module',
  (x) => typeof x === 'function' && isModule((x as { prototype?: unknown }).prototype),
);

function registerModuleOf(name: string, type: RegistrableClass): void {
  const known = registered().get(name);
  if (known !== undefined && known.prototype !== type.prototype) {
    throw new ValueError(
      `registerModule: the name '${name}' belongs to another class; choose another name`,
    );
  }
  if (known === undefined) entries.set(name, entryOf(name, type));
}

/**
 * Registers a class under a name, so that whole modules of the class can be saved and loaded. The layers
 * of this package are registered under PyTorch's names.
 *
 * A class whose constructor takes no arguments needs nothing else: the constructor builds the module, and the values
 * come from the state dict. Any other class needs `config()`, which returns plain data, and a static
 * `fromConfig(config)`, which builds a module from it.
 *
 * @throws ValueError if the name is taken, the class is not a module, or modules could not be built again.
 * @example
 * registerModule('Net', Net);
 * await save(net, 'net.pth');
 */
export const registerModule = /*#__PURE__*/ (() =>
  callable(
    'registerModule',
    registerModuleOf,
    [/*#__PURE__*/ need('name', kinds.string), /*#__PURE__*/ need('type', moduleClass)],
    {},
  ))();

/** The registered names, those of this package first. */
export const registeredModules = /*#__PURE__*/ (() =>
  callable('registeredModules', (): string[] => [...registered().keys()], [], {}))();

const howTo = (name: string): string =>
  `write registerModule('${name}', ${name}) after the class, with registerModule from @dl/nn`;

function describe(module: AnyModule, depth: number): ModuleDescription {
  if (depth > MAX_DEPTH) {
    throw new ValueError(`describeModule: modules are nested more than ${MAX_DEPTH} deep`);
  }
  const prototype = Object.getPrototypeOf(module) as object;
  for (const [type, entry] of registered()) {
    if (entry.prototype === prototype) {
      return { type, config: entry.describe(module, depth), training: module.training };
    }
  }
  const name = module.constructor.name || 'Net';
  throw new ValueError(`describeModule: the class ${name} is not registered; ${howTo(name)}`);
}

/**
 * A module as plain data, without its values, which are in the state dict.
 *
 * @throws ValueError for a class that is not registered.
 * @example describeModule(new Linear(2, 3)) // { type: 'Linear', config: { in_features: 2, … }, training: true }
 */
export const describeModule = /*#__PURE__*/ (() =>
  callable(
    'describeModule',
    (module: AnyModule): ModuleDescription => describe(module, 0),
    [/*#__PURE__*/ need('module', moduleKind)],
    {},
  ))();

function build(description: unknown, depth: number): AnyModule {
  if (depth > MAX_DEPTH) {
    throw new FormatError(`buildModule: modules are nested more than ${MAX_DEPTH} deep`);
  }
  const { type, config, training } = (description ?? {}) as Partial<ModuleDescription>;
  if (typeof type !== 'string' || typeof config !== 'object' || config === null) {
    throw new FormatError(
      'buildModule: the description of a module must be { type, config }, with the name of a class and its arguments',
    );
  }
  const entry = registered().get(type);
  if (entry === undefined) {
    throw new FormatError(
      `buildModule: the class ${JSON.stringify(type)} is not registered; ${
        /^[A-Za-z_$][\w$]*$/.test(type)
          ? `import it, and ${howTo(type)}`
          : 'register it under that name'
      }`,
    );
  }
  const module = entry.build(config, depth);
  if (!(module instanceof Module) || Object.getPrototypeOf(module) !== entry.prototype) {
    throw new ValueError(`buildModule: ${type}.fromConfig() did not return a ${type}`);
  }
  module.training = training ?? true;
  return module;
}

/**
 * Builds a module from its description, with new initial values: load the saved ones with `loadStateDict`. The state of
 * the global generator is unchanged.
 *
 * @throws FormatError for a malformed description or an unknown class.
 * @example buildModule(describeModule(net)).loadStateDict(net.stateDict())
 */
export const buildModule = /*#__PURE__*/ (() =>
  callable(
    'buildModule',
    (description: ModuleDescription): AnyModule => forkRng(() => build(description, 0)),
    [/*#__PURE__*/ need('description', kinds.anything)],
    {},
  ))();
