"""Writes packages/nn/test/fixtures/nn.json and packages/optim/test/fixtures/sgd.json.

The first holds how PyTorch prints modules, their state-dict keys, errors of load_state_dict, and
values after initialization with a seed; the second, steps of SGD over a grid of options.
"""

import base64
import itertools
import json
import math
from pathlib import Path

import torch
from torch import nn

ROOT = Path(__file__).parents[2] / "packages"


def b64(x):
    return base64.b64encode(x.detach().contiguous().numpy().tobytes()).decode()


def pack(x):
    return {"shape": list(x.shape), "dtype": str(x.dtype).split(".")[1], "data": b64(x)}


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1) + "\n")


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(2, 3)
        self.act = nn.ReLU()


class Custom(nn.Module):
    """Parameters, buffers, lists and nested modules, in an order that is not their kind's."""

    def __init__(self):
        super().__init__()
        self.block = Block()
        self.scale = nn.Parameter(torch.ones(2))
        self.register_buffer("running_mean", torch.zeros(2))
        self.register_buffer("scratch", torch.zeros(1), persistent=False)
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 1)])
        self.weights = nn.ParameterList([nn.Parameter(torch.ones(2, 3)), nn.Parameter(torch.ones(1))])
        self.register_buffer("num_batches_tracked", torch.tensor(0))
        self.out_proj = nn.Linear(1, 1, bias=False)

    def extra_repr(self):
        return "kind=custom"


class TwoLines(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(1, 1)

    def extra_repr(self):
        return "a=1\nb=2"


class Tied(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(3, 3)
        self.decoder = nn.Linear(3, 3)
        self.decoder.weight = self.encoder.weight
        self.again = self.encoder


MODULES = {
    "linear": lambda: nn.Linear(784, 256),
    "linearNoBias": lambda: nn.Linear(3, 4, bias=False),
    "relu": lambda: nn.ReLU(),
    "relu6": lambda: nn.ReLU6(),
    "leakyRelu": lambda: nn.LeakyReLU(),
    "leakyReluSmall": lambda: nn.LeakyReLU(1e-5),
    "elu": lambda: nn.ELU(),
    "eluHalf": lambda: nn.ELU(0.5),
    "gelu": lambda: nn.GELU(),
    "geluTanh": lambda: nn.GELU(approximate="tanh"),
    "sigmoid": lambda: nn.Sigmoid(),
    "logSigmoid": lambda: nn.LogSigmoid(),
    "tanh": lambda: nn.Tanh(),
    "silu": lambda: nn.SiLU(),
    "mish": lambda: nn.Mish(),
    "softsign": lambda: nn.Softsign(),
    "softplus": lambda: nn.Softplus(),
    "softmax": lambda: nn.Softmax(dim=1),
    "logSoftmax": lambda: nn.LogSoftmax(dim=-1),
    "identity": lambda: nn.Identity(),
    "flatten": lambda: nn.Flatten(),
    "dropout": lambda: nn.Dropout(),
    "dropoutSmall": lambda: nn.Dropout(1e-5),
    "empty": lambda: nn.Sequential(),
    "mlp": lambda: nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10)),
    "named": lambda: nn.Sequential(
        __import__("collections").OrderedDict([("hidden", nn.Linear(2, 3)), ("outLayer", nn.Linear(3, 1))])
    ),
    "nested": lambda: nn.Sequential(nn.Sequential(nn.Linear(2, 2), nn.Tanh()), Block(), nn.Sequential()),
    "custom": Custom,
    "twoLines": TwoLines,
    "tied": Tied,
}


def module_case(make):
    m = make()
    return {
        "repr": repr(m),
        "keys": list(m.state_dict().keys()),
        "prefixed": list(m.state_dict(prefix="net.").keys()),
        "parameters": [n for n, _ in m.named_parameters()],
        "ownParameters": [n for n, _ in m.named_parameters(recurse=False)],
        "buffers": [n for n, _ in m.named_buffers()],
        "modules": [
            n for n, x in m.named_modules() if not isinstance(x, (nn.ModuleList, nn.ParameterList))
        ],
    }


def load_error(model, change):
    d = dict(model.state_dict())
    change(d)
    try:
        model.load_state_dict(d)
    except RuntimeError as e:
        return str(e)


def break_all(d):
    d["extra.weight"] = torch.zeros(1)
    del d["0.bias"]
    d["1.weight"] = torch.zeros(5, 5)
    d["1.bias"] = torch.zeros(3)


INITS = {
    "uniform": lambda w: nn.init.uniform_(w, -2, 3),
    "normal": lambda w: nn.init.normal_(w, 1, 0.5),
    "constant": lambda w: nn.init.constant_(w, 0.3),
    "zeros": nn.init.zeros_,
    "ones": nn.init.ones_,
    "eye": nn.init.eye_,
    "xavierUniform": lambda w: nn.init.xavier_uniform_(w, gain=nn.init.calculate_gain("tanh")),
    "xavierNormal": lambda w: nn.init.xavier_normal_(w, gain=2),
    "kaimingUniform": nn.init.kaiming_uniform_,
    "kaimingUniformRelu": lambda w: nn.init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"),
    "kaimingNormal": lambda w: nn.init.kaiming_normal_(w, a=0.2),
}
INITS_3D = ["xavierUniform", "kaimingUniform", "kaimingUniformRelu"]


def init_case(name, shape, dtype):
    torch.manual_seed(7)
    w = INITS[name](torch.empty(shape, dtype=dtype))
    return {"init": name, "value": pack(w)}


def linear_case(sizes, bias, dtype):
    torch.manual_seed(3)
    m = nn.Linear(*sizes, bias=bias, dtype=dtype)
    after = torch.rand(1)
    x = torch.randn(2, sizes[0], dtype=dtype)
    return {
        "sizes": sizes,
        "bias": bias,
        "dtype": str(dtype).split(".")[1],
        "state": {k: pack(v) for k, v in m.state_dict().items()},
        "after": pack(after),
        "x": pack(x),
        "y": pack(m(x)),
    }


GAINS = ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


def forward_case(name):
    """An activation's values; its gradients are core's tests' business."""
    x = torch.tensor([[-8.0, -3.0, -1.0, -0.25, 0.0], [0.25, 0.5, 1.0, 3.0, 25.0]])
    return {"name": name, "x": pack(x), "y": pack(MODULES[name]()(x))}


ACTIVATIONS = (
    "relu relu6 leakyRelu elu eluHalf gelu geluTanh sigmoid logSigmoid tanh silu mish softsign softplus "
    "softmax logSoftmax identity flatten"
).split()


def dropout_case():
    torch.manual_seed(11)
    return pack(nn.Dropout(0.3)(torch.ones(20)))


torch.manual_seed(0)
write(
    ROOT / "nn/test/fixtures/nn.json",
    {
        "modules": {name: module_case(make) for name, make in MODULES.items()},
        "loadError": load_error(nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 3)), break_all),
        "inits": [
            init_case(name, shape, dtype)
            for dtype in (torch.float32, torch.float64)
            for shape, names in (((5, 7), INITS), ((4, 3, 5), INITS_3D))
            for name in names
        ],
        "gains": {n: nn.init.calculate_gain(n) for n in GAINS}
        | {"leaky_relu 0.2": nn.init.calculate_gain("leaky_relu", 0.2)},
        "linears": [
            linear_case((3, 4), True, torch.float32),
            linear_case((31, 17), True, torch.float32),
            linear_case((5, 2), False, torch.float32),
            linear_case((3, 4), True, torch.float64),
        ],
        "activations": [forward_case(name) for name in ACTIVATIONS],
        "dropout": dropout_case(),
    },
)


def trajectory(options, dtype, steps=5):
    """Parameters after each step on gradients that depend on them, and the state at the end."""
    torch.manual_seed(5)
    params = [
        torch.randn(3, 2, dtype=dtype).requires_grad_(),
        torch.randn(4, dtype=dtype).requires_grad_(),
        torch.randn(2, dtype=dtype).requires_grad_(),
    ]
    start = [pack(p) for p in params]
    group = {"params": [params[1]], "lr": 0.05}
    if "momentum" in options and not options.get("nesterov"):
        group["momentum"] = 0.0
    opt = torch.optim.SGD([{"params": [params[0], params[2]]}, group], **options)
    path = []
    for step in range(steps):
        opt.zero_grad()
        loss = (params[0].sin() * 2).sum() + (params[1] ** 2).sum() * 0.5
        # A parameter that at first has no gradient.
        if step >= 2:
            loss = loss + params[2].exp().sum()
        loss.backward()
        opt.step()
        if step == 2:
            opt.param_groups[0]["lr"] *= 0.5
        path.append([pack(p) for p in params])
    state = opt.state_dict()
    return {
        "options": options,
        "groupMomentum": group.get("momentum"),
        "dtype": str(dtype).split(".")[1],
        "start": start,
        "path": path,
        "state": {
            str(k): {n: None if x is None else pack(x) for n, x in v.items()}
            for k, v in state["state"].items()
        },
        "groups": state["param_groups"],
    }


def grid():
    for momentum, dampening, decay, nesterov, maximize in itertools.product(
        (0, 0.9), (0, 0.5), (0, 0.1), (False, True), (False, True)
    ):
        if (nesterov and (momentum == 0 or dampening != 0)) or (momentum == 0 and dampening != 0):
            continue
        yield {
            "lr": 0.1,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }


write(
    ROOT / "optim/test/fixtures/sgd.json",
    {
        "runs": [
            trajectory(options, dtype)
            for dtype in (torch.float32, torch.float64)
            for options in grid()
        ],
        "defaults": torch.optim.SGD([torch.zeros(1)]).state_dict()["param_groups"][0],
        "repr": repr(torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9, nesterov=True)),
    },
)
