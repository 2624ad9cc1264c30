"""Writes packages/optim/test/fixtures/{optimizers,schedules}.json.

The first holds the steps of Adam, AdamW, RMSprop, Adagrad, Adadelta and Adamax over their options, with the state at the
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
    for options in grid(lr=[1.0, 30.0], rho=[0.9, 0.5], weight_decay=[0, 0.1], maximize=switch):
        yield "Adadelta", options, second
    yield "Adadelta", {}, {"eps": 0.1, "rho": 1.0}
    yield "Adadelta", {"rho": 0.0}, {"maximize": True}
    for options in grid(lr=[0.1, 1.0], betas=[(0.9, 0.999), (0.3, 0.5)], weight_decay=[0, 0.1], maximize=switch):
        yield "Adamax", options, second
    yield "Adamax", {}, {}
    yield "Adamax", {"betas": (0.0, 0.0)}, {**second, "betas": (0.5, 0.9)}
    yield "Adamax", {"eps": 0.1}, {"eps": 1.0, "weight_decay": 0.5, "maximize": True}


NAMES = ["Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax"]
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


# --- Schedules

EPOCHS, HALF = 25, 12
LAMBDAS = {
    "fall": lambda epoch: 0.95**epoch,
    "stairs": lambda epoch: 1 / (1 + epoch // 3),
    "wave": lambda x: 0.5 * (1 + math.sin(x * math.pi / 2)),
}
METRICS = [5, 4, 4.2, 4.1, 4, 3.9999, 3.9, 3.95, 4, 4, 4, 3, 3.1, 3.2, 2.9, 2.9, 2.9, 2.9, 2.9, 2.9,
           1, 1.5, 1.5, 1.5, 1.5]


def plain(x):
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    return str(x) if isinstance(x, float) and not math.isfinite(x) else x


def build(opt, spec):
    """A schedule from its name, the required arguments, and the options."""
    name, args, options = spec

    def value(x):
        if isinstance(x, str) and x in LAMBDAS:
            return LAMBDAS[x]
        if isinstance(x, list) and x and isinstance(x[0], list):
            return [build(opt, part) for part in x]
        return [value(v) for v in x] if isinstance(x, list) else x

    args = [value(x) for x in args]
    options = {k: value(v) for k, v in options.items()}
    if name == "ChainedScheduler":
        return S.ChainedScheduler(*args, **options)
    return getattr(S, name)(opt, *args, **options)


def optimizer(kind, rates):
    groups = [{"params": [torch.zeros(1)], "lr": lr} for lr in rates]
    return getattr(torch.optim, kind)(groups, **({"momentum": 0.7} if kind == "SGD" else {}))


def schedule(kind, rates, *spec):
    opt = optimizer(kind, rates)
    scheduler = build(opt, spec)
    lrs, momenta, half, half_groups = [], [], None, None
    for epoch in range(EPOCHS):
        lrs.append([g["lr"] for g in opt.param_groups])
        momenta.append([g.get("momentum", g.get("betas")) for g in opt.param_groups])
        if epoch == HALF:
            half = json.loads(json.dumps(plain(scheduler.state_dict())))
            half_groups = plain(opt.state_dict()["param_groups"])
        if spec[0] == "ReduceLROnPlateau":
            scheduler.step(METRICS[epoch])
        else:
            scheduler.step()
    moved = any(m != momenta[0] for m in momenta)
    return {
        "optimizer": kind,
        "rates": rates,
        "schedule": list(spec),
        "lrs": lrs,
        "momenta": plain(momenta) if moved else None,
        "half": half,
        "halfGroups": half_groups,
        "end": plain(scheduler.state_dict()),
    }


def specs():
    yield "LambdaLR", ["fall"], {}
    yield "LambdaLR", [["fall", "stairs"]], {}
    yield "MultiplicativeLR", ["fall"], {}
    yield "MultiplicativeLR", [["stairs", "fall"]], {}
    for options in [{}, {"gamma": 0.5}]:
        for size in [1, 3, 10, 100]:
            yield "StepLR", [size], options
        for milestones in [[], [0], [4], [10, 3, 3, 20]]:
            yield "MultiStepLR", [milestones], options
    for options in [{}, {"factor": 0.5, "total_iters": 8}, {"factor": 1.0}, {"total_iters": 0}]:
        yield "ConstantLR", [], options
    for options in [
        {},
        {"start_factor": 0.1, "total_iters": 10},
        {"start_factor": 1.0, "end_factor": 0.2, "total_iters": 20},
        {"start_factor": 0.5, "end_factor": 0.0, "total_iters": 7},
        {"total_iters": 0},
    ]:
        yield "LinearLR", [], options
    yield "ExponentialLR", [0.9], {}
    yield "ExponentialLR", [1.1], {}
    for options in [{}, {"total_iters": 20, "power": 2.0}, {"total_iters": 10, "power": 0.5}]:
        yield "PolynomialLR", [], options
    for t_max, eta_min in itertools.product([1, 7, 10, 100], [0.0, 0.05]):
        yield "CosineAnnealingLR", [t_max], {"eta_min": eta_min}
    for t_0, t_mult, eta_min in itertools.product([1, 4, 10], [1, 2, 3], [0.0, 0.01]):
        yield "CosineAnnealingWarmRestarts", [t_0], {"T_mult": t_mult, "eta_min": eta_min}
    for options in [
        {"total_steps": 25},
        {"epochs": 6, "steps_per_epoch": 5},
        {"total_steps": 25, "anneal_strategy": "linear", "pct_start": 0.5},
        {"total_steps": 30, "three_phase": True},
        {"total_steps": 30, "three_phase": True, "anneal_strategy": "linear", "cycle_momentum": False},
        {"total_steps": 27, "div_factor": 10.0, "final_div_factor": 100.0, "pct_start": 0.0},
        {"total_steps": 25, "base_momentum": [0.5, 0.6], "max_momentum": [0.8, 0.9]},
    ]:
        yield "OneCycleLR", [0.4], options
    yield "OneCycleLR", [[0.4, 0.2]], {"total_steps": 40}
    for options in [
        {"step_size_up": 5},
        {"step_size_up": 4, "step_size_down": 2, "mode": "triangular2"},
        {"step_size_up": 3, "mode": "exp_range", "gamma": 0.9},
        {"step_size_up": 3, "scale_fn": "wave", "scale_mode": "iterations"},
        {"step_size_up": 3, "scale_fn": "wave", "cycle_momentum": False},
        {"step_size_up": 6, "base_momentum": [0.5, 0.6], "max_momentum": [0.8, 0.9]},
    ]:
        yield "CyclicLR", [0.01, 0.1], options
    yield "CyclicLR", [[0.01, 0.02], [0.1, 0.3]], {"step_size_up": 4}
    step, power = ["StepLR", [3], {}], ["ExponentialLR", [0.9], {}]
    warm = ["LinearLR", [], {"start_factor": 0.1, "total_iters": 5}]
    cosine = ["CosineAnnealingLR", [10], {"eta_min": 0.001}]
    constant = ["ConstantLR", [], {"factor": 0.5, "total_iters": 4}]
    yield "SequentialLR", [[constant, power], [7]], {}
    yield "SequentialLR", [[warm, cosine], [5]], {}
    yield "SequentialLR", [[warm, step, power], [5, 14]], {}
    yield "SequentialLR", [[warm, ["PolynomialLR", [], {"total_iters": 15}]], [5]], {}
    yield "SequentialLR", [[power, ["LambdaLR", ["fall"], {}]], [6]], {}
    yield "SequentialLR", [[power, ["MultiplicativeLR", ["fall"], {}]], [6]], {}
    yield "SequentialLR", [[step, ["MultiStepLR", [[2, 5]], {}], warm], [4, 12]], {}
    yield "SequentialLR", [[power, step], [0]], {}
    yield "SequentialLR", [[power, step, warm], [6, 6]], {}
    yield "SequentialLR", [[step, ["CosineAnnealingWarmRestarts", [4], {"T_mult": 2}]], [5]], {}
    yield "SequentialLR", [[warm, ["OneCycleLR", [0.3], {"total_steps": 25}]], [5]], {}
    yield "SequentialLR", [[warm, ["CyclicLR", [0.01, 0.1], {"step_size_up": 4}]], [5]], {}
    yield "SequentialLR", [[["ChainedScheduler", [[constant, power]], {}], step], [6]], {}
    yield "SequentialLR", [[["SequentialLR", [[constant, power], [4]], {}], step], [9]], {}
    yield "SequentialLR", [[step], []], {}
    yield "ChainedScheduler", [[constant, power]], {}
    yield "ChainedScheduler", [[step, warm, ["MultiStepLR", [[4, 9]], {}]]], {}
    yield "ChainedScheduler", [[["SequentialLR", [[warm, cosine], [5]], {}], step]], {}
    for options in [
        {},
        {"patience": 1},
        {"patience": 2, "factor": 0.5, "cooldown": 2},
        {"patience": 1, "threshold": 0.05},
        {"patience": 1, "threshold": 0.05, "threshold_mode": "abs"},
        {"patience": 3, "mode": "max", "factor": 0.5},
        {"patience": 3, "mode": "max", "threshold": 0.5, "threshold_mode": "abs"},
        {"patience": 0, "min_lr": 0.01},
        {"patience": 0, "min_lr": [0.001, 0.02]},
        {"patience": 0, "eps": 0.02},
    ]:
        yield "ReduceLROnPlateau", [], options


def all_schedules():
    for spec in specs():
        kinds = ["SGD"]
        if spec[0] in ("OneCycleLR", "CyclicLR"):
            kinds.append("Adam")
        for kind in kinds:
            yield schedule(kind, [0.5, 0.1], *spec)


def jumps():
    """Rates at epochs that step() is told."""
    for name, args, options in [
        ("CosineAnnealingWarmRestarts", [4], {}),
        ("CosineAnnealingWarmRestarts", [3], {"T_mult": 2, "eta_min": 0.01}),
        ("StepLR", [3], {}),
        ("MultiStepLR", [[2, 2, 5]], {}),
        ("ConstantLR", [], {}),
        ("LinearLR", [], {}),
        ("ExponentialLR", [0.9], {}),
        ("PolynomialLR", [], {"power": 2.0}),
        ("CosineAnnealingLR", [5], {"eta_min": 0.01}),
        ("LambdaLR", ["fall"], {}),
    ]:
        opt = optimizer("SGD", [0.5, 0.1])
        scheduler = build(opt, (name, args, options))
        epochs = [0, 2, 5, 4, 13]
        if name == "CosineAnnealingWarmRestarts":
            epochs += [0.25, 1.5, 3.75, 9.5, 20.125]
        lrs = []
        for epoch in epochs:
            scheduler.step(epoch)
            lrs.append([g["lr"] for g in opt.param_groups])
        yield {"schedule": [name, args, options], "epochs": epochs, "lrs": lrs}


def resumed():
    """Rates of schedules that are made with last_epoch, for an optimizer with initial_lr."""
    for name, args, options in [
        ("StepLR", [3], {}),
        ("LinearLR", [], {"total_iters": 10}),
        ("ExponentialLR", [0.9], {}),
        ("PolynomialLR", [], {"total_iters": 10}),
        ("CosineAnnealingLR", [7], {}),
        ("LambdaLR", ["fall"], {}),
        ("MultiplicativeLR", ["fall"], {}),
    ]:
        opt = optimizer("SGD", [0.25, 0.05])
        for group, lr in zip(opt.param_groups, [0.5, 0.1]):
            group["initial_lr"] = lr
        scheduler = build(opt, (name, args, {**options, "last_epoch": 4}))
        lrs = []
        for _ in range(8):
            lrs.append([g["lr"] for g in opt.param_groups])
            scheduler.step()
        yield {"schedule": [name, args, options], "lrs": lrs}


write(
    "schedules.json",
    {
        "metrics": METRICS,
        "half": HALF,
        "runs": list(all_schedules()),
        "jumps": list(jumps()),
        "resumed": list(resumed()),
    },
)
