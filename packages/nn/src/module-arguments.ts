// The arguments of Module's methods.
import { type DType, type GivenTo, kinds, may, need, Tensor, takes } from '@dl/core/functional';
import type {
  BackwardHook,
  BackwardPreHook,
  ForwardHook,
  ForwardPreHook,
  HookOptions,
} from './hooks.js';
import type { AnyModule } from './module.js';
import { type StateDictOptions, stateDictKind } from './state.js';

/** The first argument of `Module.to`. */
const target = /*#__PURE__*/ kinds.kind<string | Tensor>(
  "a device such as 'webgpu', a floating-point dtype, or a tensor",
  (x) => typeof x === 'string' || x instanceof Tensor,
);

type Named = [prefix?: string, recurse?: boolean, options?: { removeDuplicate?: boolean }];

const namedTakes = (name: string) =>
  takes<Named>()(
    name,
    [/*#__PURE__*/ may('prefix', kinds.string), /*#__PURE__*/ may('recurse', kinds.boolean)],
    {
      removeDuplicate: kinds.boolean,
    },
  );

const recurseTakes = (name: string) =>
  takes<[recurse?: boolean]>()(name, [/*#__PURE__*/ may('recurse', kinds.boolean)], {});

const pathTakes = (name: string) =>
  takes<[path: string]>()(name, [/*#__PURE__*/ need('path', kinds.string)], {});

/** Any function; the methods document what a callback is called with. */
const functionKind = <F>(): kinds.Kind<F> =>
  kinds.kind<F>(kinds.callback.words, (x) => kinds.callback.is(x));

const hookTakes = <H extends (...args: never[]) => unknown>(name: string) =>
  takes<[hook: H, options?: HookOptions]>()(
    name,
    [/*#__PURE__*/ need('hook', /*#__PURE__*/ functionKind<H>())],
    { prepend: kinds.boolean },
  );

/** The arguments of a method that takes none. */
export const nothing = (name: string) => takes<[]>()(name, [], {});

/** The signatures by method. */
export const methods = /*#__PURE__*/ (() => ({
  registerBuffer: takes<
    [name: string, tensor: Tensor | null, options?: { persistent?: boolean }]
  >()(
    'registerBuffer',
    [
      /*#__PURE__*/ need('name', kinds.string),
      /*#__PURE__*/ need('tensor', /*#__PURE__*/ kinds.orNull(kinds.tensor)),
    ],
    {
      persistent: kinds.boolean,
    },
  ),
  namedParameters: namedTakes('namedParameters'),
  parameters: recurseTakes('parameters'),
  namedBuffers: namedTakes('namedBuffers'),
  buffers: recurseTakes('buffers'),
  namedChildren: nothing('namedChildren'),
  children: nothing('children'),
  namedModules: takes<[prefix?: string, options?: { removeDuplicate?: boolean }]>()(
    'namedModules',
    [/*#__PURE__*/ may('prefix', kinds.string)],
    { removeDuplicate: kinds.boolean },
  ),
  modules: nothing('modules'),
  getSubmodule: pathTakes('getSubmodule'),
  getParameter: pathTakes('getParameter'),
  stateDict: takes<[options?: StateDictOptions]>()('stateDict', [], {
    prefix: kinds.string,
    keepVars: kinds.boolean,
  }),
  loadStateDict: takes<[dict: Readonly<Record<string, unknown>>, strict?: boolean]>()(
    'loadStateDict',
    [/*#__PURE__*/ need('dict', stateDictKind), /*#__PURE__*/ may('strict', kinds.boolean)],
    {},
  ),
  train: takes<[mode?: boolean]>()('train', [/*#__PURE__*/ may('mode', kinds.boolean)], {}),
  eval: nothing('eval'),
  to: takes<[device?: string | Tensor, dtype?: DType]>()(
    'Module.to',
    [/*#__PURE__*/ may('device', target), /*#__PURE__*/ may('dtype', kinds.dtype)],
    {},
  ),
  cpu: nothing('Module.cpu'),
  float: nothing('Module.float'),
  double: nothing('Module.double'),
  requiresGrad_: takes<[requiresGrad?: boolean]>()(
    'requiresGrad_',
    [/*#__PURE__*/ may('requiresGrad', kinds.boolean)],
    {},
  ),
  zeroGrad: takes<[setToNone?: boolean]>()(
    'zeroGrad',
    [/*#__PURE__*/ may('setToNone', kinds.boolean)],
    {},
  ),
  apply: takes<[visit: (module: AnyModule) => void]>()(
    'apply',
    [/*#__PURE__*/ need('visit', /*#__PURE__*/ functionKind<(module: AnyModule) => void>())],
    {},
  ),
  registerForwardHook: hookTakes<ForwardHook>('registerForwardHook'),
  registerForwardPreHook: hookTakes<ForwardPreHook>('registerForwardPreHook'),
  registerFullBackwardHook: hookTakes<BackwardHook>('registerFullBackwardHook'),
  registerFullBackwardPreHook: hookTakes<BackwardPreHook>('registerFullBackwardPreHook'),
}))();

/** The arguments that a method accepts. */
export type GivenToMethod<K extends keyof typeof methods> = GivenTo<(typeof methods)[K]>;
