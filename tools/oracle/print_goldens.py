# Writes the goldens of tensor printing: what repr(tensor) says under many shapes, values and options.
"""
python tools/oracle/print_goldens.py
    writes packages/core/test/fixtures/print.json

python tools/oracle/print_goldens.py --random 20000 --seed 1 --out cases.json
    writes random cases in the same form; PRINT_CASES=cases.json vitest compares them
"""

import argparse
import json
import math
import pathlib
import random
import struct

import torch

FIXTURE = pathlib.Path(__file__).parents[2] / "packages/core/test/fixtures/print.json"
FLOATS = ["float32", "float64", "float16", "bfloat16"]
INTEGERS = ["int64", "int32", "uint8"]
DTYPES = FLOATS + INTEGERS + ["bool"]
NAN, INF = math.nan, math.inf
OPTION_NAMES = {"sciMode": "sci_mode"}


def plain(value, dtype):
    """A value as JSON that JavaScript reads back exactly."""
    if dtype == "int64":
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def formula_values(formula, count):
    """((i * mul) % mod - sub) / div, with numbers that keep every step exact."""
    mul, mod, sub, div = formula
    if div == 1:
        return [(i * mul) % mod - sub for i in range(count)]
    return [((i * mul) % mod - sub) / div for i in range(count)]


def printed(tensor, options):
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**{OPTION_NAMES.get(k, k): v for k, v in options.items()})
    try:
        return repr(tensor)
    finally:
        torch.set_printoptions(profile="default")


def case(group, dtype, shape, values=None, formula=None, options=None, grad=None, device="cpu"):
    """One printed tensor. `grad` is True for a leaf, or a function that makes a non-leaf."""
    options = options or {}
    count = math.prod(shape)
    given = values if formula is None else formula_values(formula, count)
    tensor = torch.tensor(given, dtype=getattr(torch, dtype)).reshape(shape)
    held = tensor.flatten().tolist()
    record = {"group": group, "dtype": dtype, "shape": list(shape)}
    if formula is not None:
        assert held == given, "a formula's values must survive the dtype"
        record["formula"] = list(formula)
    else:
        record["values"] = [plain(v, dtype) for v in held]
    if options:
        record["options"] = options
    if grad is not None:
        tensor.requires_grad_()
        record["requiresGrad"] = True
        if grad is not True:
            tensor = grad(tensor)
            assert tensor.detach().flatten().equal(torch.tensor(given, dtype=tensor.dtype))
            record["gradFn"] = type(tensor.grad_fn).__name__
    text = printed_elsewhere(tensor, options, device) if device != "cpu" else printed(tensor, options)
    if device != "cpu":
        record["device"] = device
    record["text"] = text
    return record


def printed_elsewhere(tensor, options, device):
    """The text that PyTorch gives where `cpu` is not the default device, with the device renamed.

    The new name is as long as `cpu`, so every line break is PyTorch's own.
    """
    assert len(device) == len("cpu")
    original = torch._C._get_default_device
    torch._C._get_default_device = lambda: "cuda"
    try:
        text = printed(tensor, options)
    finally:
        torch._C._get_default_device = original
    assert text.count("device='cpu'") == 1
    return text.replace("device='cpu'", f"device='{device}'")


# ---- the committed cases ----------------------------------------------------------------------

SPECIAL_LISTS = [
    [0.0], [-0.0], [0.0, -0.0], [NAN], [INF], [-INF], [NAN, INF, -INF, 0.0, -0.0],
    [1.0], [-1.0], [1.0, NAN], [1.0, INF], [1.0, -INF], [100.0, NAN, -INF], [1.5, NAN], [1.5, -INF, 0.0],
    [-1.5, 1.5], [1e-3, 1.0], [1e-3, 1.0001], [1.0, 1000.0], [1.0, 1001.0], [1.5, 1500.0], [1.5, 1501.0],
    [1e-4], [9.9e-5], [1e-5], [0.00012, 0.0001], [1e8], [1.5e4, 1.5e4], [3e4, 6e4], [0.99995, 0.99994],
    [0.5, 1.5, 2.5, 3.5], [0.03125, 0.09375, 0.15625], [9.99995, 1.0], [99999.5], [0.1, 0.2, 0.3],
    [1.0, 2.0, 3.0, 0.25], [0.0, 0.5], [-0.0, 0.5], [-0.00001, 1e-9], [-0.0001, 0.05], [12345.0, 1.0],
    [65504.0], [65504.0, 6e-8], [6e-8], [1.0, 1e-7, NAN], [2048.0, 3.0, INF],
]
WIDE_LISTS = [
    [100000000.0], [100000008.0], [99999999.5], [1e10], [1e20], [1e21], [1e22], [1e23], [1.5e300], [1e300, 1e-300],
    [3.4028234663852886e38], [1.1754943508222875e-38], [1e-45], [5e-324], [2.2250738585072014e-308],
    [1.7976931348623157e308], [123456789.125], [1e100], [1e-100], [1e99, 1e-99], [1e9, NAN], [1e-9, -INF, 0.0],
    [1e15, 1e15 + 1], [16777216.0, 16777217.0], [2.0**53, 2.0**60], [123456.789, 123.456], [100000000.5],
]
INT_LISTS = {
    "int64": [[0], [-1], [5, -10, 100], [2**63 - 1, -(2**63)], [2**53 + 1, 0], [10**18, -7]],
    "int32": [[0], [-1], [5, -10, 100], [2**31 - 1, -(2**31)], [1000000, 7]],
    "uint8": [[0], [255], [1, 10, 100], [7, 8, 9]],
    "bool": [[True], [False], [True, False], [True, True, False]],
}
SHAPES = [(), (1,), (7,), (30,), (1, 1), (2, 3), (3, 1), (1, 9), (2, 2, 2), (3, 1, 2), (1, 2, 1, 3), (2, 1, 2, 2), (1, 2, 1, 2, 2)]
EMPTY_SHAPES = [(0,), (0, 3), (3, 0), (2, 0, 4), (0, 0), (1, 0, 1, 1), (0, 1, 2, 3, 4)]
BIG_SHAPES = [(1001,), (1000,), (20, 51), (7, 200), (6, 200), (1, 1500), (1500, 1), (8, 9, 15), (2, 30, 20), (2, 3, 20, 9), (1, 2, 2, 20, 15)]


def committed():
    cases = []
    add = lambda *args, **kw: cases.append(case(*args, **kw))
    draw = random.Random(20)

    for dtype in FLOATS:
        for values in SPECIAL_LISTS:
            add("values", dtype, (len(values),), values)
        for values in ([3.5], [3.0], [-0.0], [NAN], [INF], [1e-7], [12345.678]):
            add("scalars", dtype, (), values[:1])
    for dtype in ("float32", "float64"):
        for values in WIDE_LISTS:
            if dtype == "float64" or all(not math.isfinite(v) or abs(v) < 3.5e38 for v in values):
                add("values", dtype, (len(values),), values)
    for dtype in FLOATS:
        add("values", dtype, (40,), formula=(1, 1, 0, 1))
    for dtype, lists in INT_LISTS.items():
        for values in lists:
            add("values", dtype, (len(values),), values)
            add("scalars", dtype, (), values[:1])

    for dtype in DTYPES:
        for shape in SHAPES:
            count = math.prod(shape)
            if dtype in FLOATS:
                values = [draw.uniform(-4, 4) for _ in range(count)]
            elif dtype == "bool":
                values = [draw.random() < 0.5 for _ in range(count)]
            else:
                low = 0 if dtype == "uint8" else -120
                values = [draw.randint(low, 255) for _ in range(count)]
            add("shapes", dtype, shape, values)
        for shape in EMPTY_SHAPES:
            add("empty", dtype, shape, [])
    for shape in SHAPES:
        scale = 10.0 ** draw.randint(-6, 6)
        add("shapes", "float32", shape, [draw.gauss(0, scale) for _ in range(math.prod(shape))])

    for shape in BIG_SHAPES:
        add("summaries", "int64", shape, formula=(1, 10**9, 0, 1))
        add("summaries", "float32", shape, formula=(37, 1021, 512, 64))
        add("summaries", "uint8", shape, formula=(7, 251, 0, 1))
        add("summaries", "bool", shape, formula=(1, 2, 0, 1))
    for shape in BIG_SHAPES[:6]:
        add("summaries", "float32", shape, formula=(1, 10**6, 0, 1))
    for dtype in ("float64", "bfloat16", "float16", "int32"):
        add("summaries", dtype, (40, 50), formula=(3, 97, 48, 1))

    variations = [
        {"precision": 0}, {"precision": 1}, {"precision": 2}, {"precision": 8}, {"precision": 20}, {"precision": 110},
        {"sciMode": True}, {"sciMode": False}, {"precision": 2, "sciMode": True}, {"precision": 0, "sciMode": True},
        {"linewidth": 20}, {"linewidth": 41}, {"linewidth": 120}, {"linewidth": 1},
        {"threshold": 5}, {"threshold": 0}, {"threshold": 5, "edgeitems": 1}, {"threshold": 5, "edgeitems": 2},
        {"edgeitems": 0}, {"threshold": 3, "edgeitems": 0}, {"threshold": 9, "linewidth": 30, "precision": 3},
    ]  # fmt: skip
    for options in variations:
        add("options", "float32", (4, 9), [draw.gauss(0, 3) for _ in range(36)], options=options)
        add("options", "float64", (2, 2), [1.0, -20.0, INF, 0.0], options=options)
        add("options", "float32", (3,), [1e-6, 1.5e4, NAN], options=options)
        add("options", "float32", (2,), [0.0, NAN], options=options)
        add("options", "int32", (25,), formula=(17, 101, 50, 1), options=options)
        add("options", "bool", (8,), formula=(1, 2, 0, 1), options=options)
        add("options", "float32", (), [2.5], options=options)
        add("options", "float16", (0, 2), [], options=options)
        add("options", "int64", (2, 2, 8), formula=(17, 101, 50, 1), options=options)
    add("options", "float32", (40, 30), formula=(1, 10**6, 0, 8), options={"profile": "short"})
    add("options", "uint8", (1100,), formula=(1, 10, 0, 1), options={"profile": "full"})
    add("options", "float32", (3,), [1e21, 1e22, 1e23], options={"sciMode": False})
    add("options", "float64", (2,), [1.7976931348623157e308, 1.0], options={"sciMode": False})
    add("options", "float64", (3,), [1e23, 9.5, 0.125], options={"sciMode": True, "precision": 25})

    identity = [lambda x: x * 1, lambda x: x + 0, lambda x: x.clone(), lambda x: x.reshape(-1).view(x.shape), lambda x: x.exp().log() * 0 + x, lambda x: -(-x), lambda x: torch.cat([x])]  # fmt: skip
    for count in range(8, 15):
        values = [draw.gauss(0, 3) for _ in range(count)]
        for grad in (True, identity[count - 8]):
            add("labels", "float32", (count,), values, grad=grad)
            add("labels", "float64", (count,), values, grad=grad)
            add("labels", "float16", (2, count), values * 2, grad=grad)
            add("labels", "float64", (count,), values, grad=grad, device="gpu")
        add("labels", "float32", (count,), values, device="gpu")
        add("labels", "int32", (count,), formula=(70, 101, 50, 1), device="gpu")
        add("labels", "int64", (0, count), [], device="gpu")
    for linewidth in range(14, 52):  # a line that a suffix just fits into, and just does not
        narrow = {"linewidth": linewidth}
        add("labels", "float64", (2,), [1.5, 2.0], grad=True, device="gpu", options=narrow)
        add("labels", "float16", (2, 1), [1.5, 2.0], grad=True, device="gpu", options=narrow)
    add("labels", "float32", (), [3.5], grad=lambda x: x.sum())
    add("labels", "float32", (), [3.5], grad=True)
    add("labels", "float64", (0, 3), [], grad=True, device="gpu")
    return cases


def number_cases(draw, count):
    """Python's own '{:.Nf}' and '{:.Ne}', at the extremes first: [value, precision, fixed, exponential]."""
    values = [0.0, -0.0, 0.5, 1.5, 2.5, 0.125, 0.375, 0.03125, -0.15625, 1e21, 1e22, 1e23, 9.999e22, 123456789012345680000.0,
              999999999999999900000.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 1e-5, 9.99995e5, 99999.5,
              1e5, 1e-10, 1e100, 1e-100, 0.1, 2.675, 1.005, 12500.0, 17500.0, 125000.0, -8.5, NAN, INF, -INF]  # fmt: skip
    rows = []
    for value in values:
        for precision in (0, 1, 2, 4, 8):
            rows.append((value, precision))
    for _ in range(count):
        kind = draw.randrange(3)
        if kind == 0:
            value = struct.unpack("<d", draw.randbytes(8))[0]
        elif kind == 1:  # ties
            value = draw.randrange(-(10**6), 10**6) / 2 ** draw.randrange(12)
        else:
            value = float(f"{draw.uniform(0, 10):.{draw.randrange(6)}f}e{draw.randrange(-25, 25)}")
        rows.append((value, draw.randrange(12)))
    rows.append((1.0 / 3.0, 99))
    rows.append((1.0 / 3.0, 101))
    rows.append((1e23, 101))
    rows.append((5e-324, 1080))
    return [[plain(v, "float64"), p, f"{v:.{p}f}", f"{v:.{p}e}"] for v, p in rows if abs(v) < 1e60 or p == 2 or v != v]


# ---- random cases -----------------------------------------------------------------------------


def random_value(draw, kind, scale):
    if kind == "normal":
        return draw.gauss(0, scale)
    if kind == "whole":
        return float(round(draw.gauss(0, max(scale, 2.0))))
    if kind == "ties":
        return draw.randrange(-4000, 4000) / 2 ** draw.randrange(8)
    if kind == "powers":
        return draw.choice((-1, 1)) * 10.0 ** draw.randrange(-12, 13)
    if kind == "mixed":
        return draw.gauss(0, 1) * 10.0 ** draw.uniform(-5, 5)
    if kind == "near":
        return draw.uniform(0.9, 1.1) * draw.choice((1e-4, 1.0, 1e3, 1e8))
    return struct.unpack("<d", draw.randbytes(8))[0]


def random_cases(count, seed):
    draw = random.Random(seed)
    cases = []
    for _ in range(count):
        dtype = draw.choice(DTYPES + ["float32", "float64"])
        rank = draw.randrange(6)
        most = [0, 40, 9, 5, 4, 3][rank]
        shape = tuple(draw.randint(1, most) if draw.random() < 0.98 else 0 for _ in range(rank))
        if draw.random() < 0.03:
            shape = draw.choice(BIG_SHAPES)
        size = math.prod(shape)
        if dtype == "bool":
            values = [draw.random() < 0.5 for _ in range(size)]
        elif dtype == "uint8":
            values = [draw.randrange(256) for _ in range(size)]
        elif dtype in INTEGERS:
            bits = draw.randrange(1, 64 if dtype == "int64" else 32)
            values = [draw.randrange(-(2**bits), 2**bits) for _ in range(size)]
        else:
            kind = draw.choice(["normal", "normal", "whole", "ties", "powers", "mixed", "near", "bits"])
            scale = 10.0 ** draw.uniform(-6, 9)
            values = [random_value(draw, kind, scale) for _ in range(size)]
            if draw.random() < 0.25:
                share = draw.random()
                odd = (NAN, INF, -INF, 0.0, -0.0)
                values = [draw.choice(odd) if draw.random() < share else v for v in values]
            values = torch.tensor(values, dtype=torch.float64).to(getattr(torch, dtype)).tolist()
        options = {}
        if draw.random() < 0.5:
            choices = {
                "precision": draw.randrange(13),
                "threshold": draw.choice((0, 5, 20, 100)),
                "edgeitems": draw.randrange(5),
                "linewidth": draw.randrange(1, 140),
                "sciMode": draw.choice((True, False)),
            }
            options = {k: v for k, v in choices.items() if draw.random() < 0.4}
        grad = None
        if dtype in FLOATS and draw.random() < 0.3:
            grad = True
        device = "gpu" if draw.random() < 0.1 else "cpu"
        cases.append(case("random", dtype, shape, values, options=options, grad=grad, device=device))
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--random", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, default=FIXTURE)
    args = parser.parse_args()
    if args.random:
        if args.out == FIXTURE:
            parser.error("--random needs --out")
        cases = random_cases(args.random, args.seed)
        numbers = number_cases(random.Random(args.seed), args.random)
    else:
        cases = committed()
        numbers = number_cases(random.Random(8), 200)
    lines = ",\n".join(json.dumps(c, separators=(",", ":"), allow_nan=False) for c in cases)
    rows = ",\n".join(json.dumps(n, separators=(",", ":"), allow_nan=False) for n in numbers)
    args.out.write_text(f'{{"torch":"{torch.__version__}",\n"cases":[\n{lines}],\n"numbers":[\n{rows}]}}\n')
    print(f"{len(cases)} cases and {len(numbers)} numbers, {args.out.stat().st_size} bytes: {args.out}")


if __name__ == "__main__":
    main()
