"""PyTorch's public names by area, for the table of names in the guide and its counts.

A name counts as public if `dir()` lists it, it does not start with an underscore, it has a docstring, and it is what its
area holds: functions, classes of modules, optimizers, and so on. In-place functions (`torch.abs_`) and `*_copy` variants
are not listed: the methods are what people use.
"""

import inspect
import json
import pathlib

import torch
import torch.distributions as dist
import torch.func
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.utils.parametrizations
import torch.nn.utils.parametrize
import torch.nn.utils.prune
import torch.utils.data as data

OUT = pathlib.Path(__file__).parents[2] / 'tools/docs/src/names/pytorch-names.json'


def names(module, wanted):
    """The public names of a module whose values are wanted."""
    found = []
    for name in dir(module):
        if name.startswith('_'):
            continue
        value = getattr(module, name, None)
        if getattr(value, '__doc__', None) and wanted(name, value):
            found.append(name)
    return sorted(found)


def plain(name, value):
    return callable(value) and not name.endswith(('_copy', '_'))


def function_of(module):
    prefix = module.__name__.rsplit('.', 1)[0]

    def wanted(name, value):
        home = getattr(value, '__module__', None) or ''
        own = home in ('', 'torch', 'torch._C._nn', 'torch._VF') or home.startswith((module.__name__, prefix, 'torch._C', 'torch._jit'))
        return callable(value) and not inspect.isclass(value) and own and name != 'has_torch_function'

    return wanted


def subclass(base):
    return lambda name, value: inspect.isclass(value) and issubclass(value, base)


def listed(module):
    return sorted(name for name in module.__all__ if callable(getattr(module, name)))


def member(name, value):
    return callable(value) or isinstance(value, property) or inspect.isgetsetdescriptor(value)


nn_class = lambda name, value: inspect.isclass(value) and value.__module__.startswith('torch.nn')

AREAS = {
    'torch': names(torch, plain),
    'torch.Tensor': names(torch.Tensor, lambda n, v: member(n, v) and not n.endswith('_copy')),
    'torch.nn': names(nn, nn_class),
    'torch.nn.Module': names(nn.Module, member),
    'torch.nn.functional': names(F, lambda n, v: plain(n, v) and function_of(F)(n, v)),
    'torch.nn.init': names(nn.init, lambda n, v: n.endswith('_') or n == 'calculate_gain'),
    'torch.nn.utils': names(nn.utils, function_of(nn.utils)),
    'torch.nn.utils.rnn': listed(nn.utils.rnn),
    'torch.nn.utils.parametrizations': listed(nn.utils.parametrizations),
    'torch.nn.utils.parametrize': names(nn.utils.parametrize, lambda n, v: plain(n, v) and v.__module__ == 'torch.nn.utils.parametrize'),
    'torch.nn.utils.prune': names(nn.utils.prune, lambda n, v: plain(n, v) and v.__module__ == 'torch.nn.utils.prune'),
    'torch.optim': names(torch.optim, subclass(torch.optim.Optimizer)),
    'torch.optim.Optimizer': names(torch.optim.Optimizer, lambda n, v: member(n, v) and 'Optimizer' in getattr(v, '__qualname__', '')),
    'torch.optim.lr_scheduler': names(torch.optim.lr_scheduler, subclass(torch.optim.lr_scheduler.LRScheduler)),
    'torch.optim.swa_utils': listed(torch.optim.swa_utils),
    'torch.linalg': names(torch.linalg, plain),
    'torch.special': names(torch.special, plain),
    'torch.func': names(torch.func, plain),
    'torch.autograd': sorted({n for n in torch.autograd.__all__ if callable(getattr(torch.autograd, n))}),
    'torch.autograd.functional': names(torch.autograd.functional, function_of(torch.autograd.functional)),
    'torch.autograd.graph': listed(torch.autograd.graph),
    'torch.utils.data': listed(data),
    'torch.distributions': listed(dist),
    'torch.distributions.constraints': sorted(dist.constraints.__all__),
}


def main():
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps({'torch': torch.__version__.split('+')[0], 'areas': AREAS}, indent=1) + '\n')


if __name__ == '__main__':
    main()
