"""Writes packages/optim/test/fixtures/{optimizers,schedules}.json.

The first holds the steps of Adam, AdamW, RMSprop and Adagrad over their options, with the state at the
end; the second, learning rates (and momenta) of schedules, and their state dicts.
"""

import base64
import itertools
import json
import math
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler as S

warnings.simplefilter("ignore")  # of schedules that are stepped before their optimizer
OUT = Path(__file__).parents[2] / "packages/optim/test/fixtures"
STEPS = 8


def b64(x):
    return base64.b64encode(x.detach().contiguous().numpy().tobytes()).decode()


def pack(x):
    return {"shape": list(x.shape), "dtype": str(x.dtype).split(".")[1], "data": b64(x)}


def write(name, data):
    """One line for each run: small, and readable as a difference."""
    parts = []
    for key, value in data.items():
        if isinstance(value, list):
            lines = ",\n".join("  " + json.dumps(v) for v in value)
            parts.append(f'"{key}": [\n{lines}\n]')
        else:
            parts.append(f'"{key}": {json.dumps(value)}')
    (OUT / name).write_text("{\n" + ",\n".join(parts) + "\n}\n")


# --- Optimizers

def start(dtype):
    torch.manual_seed(5)
    return [torch.randn(shape, dtype=dtype) for shape in [(3, 2), (4,), (2,)]]


def trajectory(name, options, dtype, second):
    """Parameters after each step on gradients that depend on them, and the state at the end."""
    params = [p.requires_grad_() for p in start(dtype)]
    group = {"params": [params[1]], **second}
    opt = getattr(torch.optim, name)([{"params": [params[0], params[2]]}, group], **options)
    path = []
    for step in range(STEPS):
        opt.zero_grad()
        loss = (params[0].sin() * 2).sum() + (params[1] ** 2).sum() * 0.5
        # A parameter that has a gradient at some steps only.
        if step in (2, 3, 6):
            loss = loss + params[2].exp().sum()
        loss.backward()
        opt.step()
        if step == 3:
            opt.param_groups[0]["lr"] *= 0.5
        path.append(torch.cat([p.detach().reshape(-1) for p in params]))
    state = opt.state_dict()
    return {
        "name": name,
        "options": options,
        "second": second,
        "dtype": str(dtype).split(".")[1],
        "path": b64(torch.stack(path)),
        "state": {str(k): {n: pack(x) for n, x in v.items()} for k, v in state["state"].items()},
        "groups": state["param_groups"],
    }


def grid(**axes):
    return [dict(zip(axes, values)) for values in itertools.product(*axes.values())]


def runs():
    second = {"lr": 0.05}
    switch = [False, True]
    for options in grid(
        lr=[0.1], weight_decay=[0, 0.1], amsgrad=switch, maximize=switch, decoupled_weight_decay=switch
    ):
        if options["weight_decay"] != 0 or not options["decoupled_weight_decay"]:
            yield "Adam", options, {**second, "betas": (0.5, 0.9)}
    yield "Adam", {}, {}
    yield "Adam", {"betas": (0.0, 0.0)}, second
    yield "Adam", {"betas": (0.3, 0.4), "eps": 0.1}, {"eps": 0.01, "amsgrad": True}
    for options in grid(lr=[0.1], weight_decay=[0, 0.1], amsgrad=switch, maximize=switch):
        yield "AdamW", options, second
    yield "AdamW", {}, {"weight_decay": 0.5}
    for options in grid(
        lr=[0.02], weight_decay=[0, 0.1], momentum=[0, 0.9], centered=switch, maximize=switch
    ):
        yield "RMSprop", options, second
    yield "RMSprop", {}, {"momentum": 0.5}
    yield "RMSprop", {"alpha": 0.3, "eps": 0.1, "centered": True}, {"alpha": 0.8}
    for options in grid(
        lr=[0.2],
        lr_decay=[0, 0.1],
        weight_decay=[0, 0.1],
        initial_accumulator_value=[0, 0.5],
        maximize=switch,
    ):
        yield "Adagrad", options, second
    yield "Adagrad", {}, {"eps": 0.1, "initial_accumulator_value": 3.0}


NAMES = ["Adam", "AdamW", "RMSprop", "Adagrad"]
write(
    "optimizers.json",
    {
        "starts": {str(d).split(".")[1]: [pack(p) for p in start(d)] for d in (torch.float32, torch.float64)},
        "runs": [
            trajectory(name, options, dtype, second)
            for dtype in (torch.float32, torch.float64)
            for name, options, second in runs()
        ],
        "defaults": {
            name: getattr(torch.optim, name)([torch.zeros(1)]).state_dict()["param_groups"][0]
            for name in NAMES
        },
        "reprs": {name: repr(getattr(torch.optim, name)([torch.zeros(1)])) for name in NAMES},
    },
)
