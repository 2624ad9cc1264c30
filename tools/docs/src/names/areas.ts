// PyTorch's namespaces, and where their names are here.

/** A namespace of PyTorch: where its names are found, and how the page calls it. */
export interface Area {
  /** The packages whose exports are searched, in order; `Class` members where the names are methods. */
  readonly packages: readonly string[];
  /** The class whose members the names are. */
  readonly class?: string;
  /** The exported objects that hold the names, such as `init`. */
  readonly within?: readonly string[];
}

/** All namespaces of `pytorch-names.json`, in the page's order. */
export const areas: Readonly<Record<string, Area>> = {
  torch: {
    packages: ['core', 'linalg', 'func', 'io', 'nn', 'backend-cpu'],
  },
  'torch.Tensor': { packages: ['core'], class: 'Tensor' },
  'torch.nn': { packages: ['nn', 'losses'] },
  'torch.nn.Module': { packages: ['nn'], class: 'Module' },
  'torch.nn.functional': { packages: ['core', 'losses', 'nn'] },
  'torch.nn.init': { packages: ['nn'], within: ['init'] },
  'torch.nn.utils': { packages: ['nn'], within: ['utils', 'fusion'] },
  'torch.nn.utils.rnn': { packages: ['nn'], within: ['rnn'] },
  'torch.nn.utils.parametrizations': { packages: ['nn'], within: ['parametrizations'] },
  'torch.nn.utils.parametrize': { packages: ['nn'], within: ['parametrize'] },
  'torch.nn.utils.prune': { packages: ['nn'], within: ['prune'] },
  'torch.optim': { packages: ['optim'] },
  'torch.optim.Optimizer': { packages: ['optim'], class: 'Optimizer' },
  'torch.optim.lr_scheduler': { packages: ['optim'] },
  'torch.optim.swa_utils': { packages: ['optim', 'nn'] },
  'torch.linalg': { packages: ['linalg'] },
  'torch.special': { packages: ['core'] },
  'torch.func': { packages: ['func'] },
  'torch.autograd': { packages: ['core'], within: ['autograd'] },
  'torch.autograd.functional': { packages: ['core', 'func'] },
  'torch.autograd.graph': { packages: ['core'], within: ['graph'] },
  'torch.utils.data': { packages: ['data', 'core'] },
  'torch.distributions': { packages: ['distributions'] },
  'torch.distributions.constraints': { packages: ['distributions'], within: ['constraints'] },
};
