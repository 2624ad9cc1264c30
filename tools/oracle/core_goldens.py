"""Writes packages/core/test/fixtures/core.json: promotion, views, indexing, half types, special functions."""

import hashlib
import json
import random
from pathlib import Path

import mpmath
import numpy as np
import torch

OUT = Path(__file__).parents[2] / "packages/core/test/fixtures/core.json"
DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]
draw = random.Random(20)


def promotion():
    """torch.result_type of two operands: each a dtype with or without dimensions, or a number."""
    operands = [(f"{d}[1]", torch.ones(1, dtype=getattr(torch, d))) for d in DTYPES]
    operands += [(f"{d}[]", torch.ones((), dtype=getattr(torch, d))) for d in DTYPES]
    operands += [("2", 2), ("2.5", 2.5)]
    rows = []
    for name_a, a in operands:
        for name_b, b in operands:
            if isinstance(a, torch.Tensor) or isinstance(b, torch.Tensor):
                rows.append([name_a, name_b, str(torch.result_type(a, b)).removeprefix("torch.")])
    types = [
        [a, b, str(torch.promote_types(getattr(torch, a), getattr(torch, b))).removeprefix("torch.")]
        for a in DTYPES
        for b in DTYPES
    ]
    return {"resultType": rows, "promoteTypes": types}


def factorization(n, rank):
    """A random shape of `rank` sizes whose product is n."""
    shape = [1] * rank
    for p in (2, 2, 2, 3, 3, 5):
        if n % p == 0:
            n //= p
            if rank:
                shape[draw.randrange(rank)] *= p
    return shape


def views():
    """Layouts made by permuting, slicing and expanding, and what view() makes of them."""
    rows = []
    while len(rows) < 300:
        n = draw.choice([1, 4, 6, 8, 12, 24, 36])
        base = factorization(n, draw.randint(1, 4))
        x = torch.arange(int(np.prod(base))).reshape(base)
        steps = []
        for _ in range(draw.randint(0, 3)):
            kind = draw.choice(["permute", "slice", "expand", "none"])
            if kind == "permute":
                order = draw.sample(range(x.dim()), x.dim())
                x, step = x.permute(order), ["permute", order]
            elif kind == "slice":
                d = draw.randrange(x.dim())
                size = x.shape[d]
                start = draw.randrange(size)
                end = draw.randint(start + 1, size)
                by = draw.randint(1, 2)
                x = x[(slice(None),) * d + (slice(start, end, by),)]
                step = ["slice", d, f"{start}:{end}:{by}"]
            elif kind == "expand":
                shape = [draw.randint(1, 3) if s == 1 else s for s in x.shape]
                x, step = x.expand(shape), ["expand", shape]
            else:
                d = draw.randint(0, x.dim())
                x, step = x.unsqueeze(d), ["unsqueeze", d]
            steps.append(step)
        target = factorization(x.numel(), draw.randint(0 if x.numel() == 1 else 1, 4))
        if int(np.prod(target)) != x.numel():
            continue
        try:
            strides = list(x.view(target).stride())
        except RuntimeError:
            strides = None
        rows.append(
            {
                "base": base,
                "steps": steps,
                "shape": list(x.shape),
                "strides": list(x.stride()),
                "contiguous": x.is_contiguous(),
                "target": target,
                "view": strides,
                "values": x.reshape(-1).tolist(),
            }
        )
    return rows


def random_items(shape):
    """Random indices of a tensor: as Python takes them, and as the fixture spells them."""
    items, spelled = [], []
    d = 0
    dotted = False
    common = draw.choice([[2], [1, 2], [3]])
    while d < len(shape):
        kind = draw.choice(["int", "slice", "all", "none", "dots", "index", "index", "mask", "stop"])
        size = shape[d]
        if kind == "int":
            i = draw.randrange(-size, size)
            items.append(i)
            spelled.append(i)
        elif kind == "slice":
            parts = [draw.choice(["", draw.randint(-size, size)]) for _ in range(2)]
            step = draw.choice(["", 1, 2, 3])
            items.append(slice(*[None if p == "" else p for p in [*parts, step]]))
            spelled.append(f"{parts[0]}:{parts[1]}:{step}")
        elif kind == "all":
            items.append(slice(None))
            spelled.append(":")
        elif kind == "none":
            items.append(None)
            spelled.append(None)
            continue
        elif kind == "dots":
            if dotted or draw.random() < 0.5:
                continue
            dotted = True
            items.append(...)
            spelled.append("...")
            d += draw.randint(0, len(shape) - d)
            continue
        elif kind == "index":
            part = [1 if draw.random() < 0.2 else s for s in common]
            n = int(np.prod(part))
            values = [draw.randrange(-size, size) for _ in range(n)]
            items.append(torch.tensor(values).reshape(part))
            spelled.append({"index": values, "shape": part})
        elif kind == "mask":
            # Of as many true elements as the other indices have, so that they broadcast.
            n = common[-1]
            if size < n:
                continue
            values = [1] * n + [0] * (size - n)
            draw.shuffle(values)
            items.append(torch.tensor(values, dtype=torch.bool))
            spelled.append({"mask": values, "shape": [size]})
        else:
            break
        d += 1
    return tuple(items), spelled


def indexing():
    rows = []
    while len(rows) < 250:
        shape = [draw.randint(1, 4) for _ in range(draw.randint(1, 4))]
        items, spelled = random_items(shape)
        n = int(np.prod(shape))
        x = torch.arange(1.0, n + 1, dtype=torch.float64).reshape(shape).requires_grad_()
        # After '...' a size may be the wrong dimension's: such draws are left out.
        try:
            y = x[items]
        except IndexError:
            continue
        w = torch.arange(1.0, y.numel() + 1, dtype=torch.float64).reshape(y.shape)
        (g,) = torch.autograd.grad((y * w).sum(), x)
        row = {"shape": shape, "items": spelled, "result": list(y.shape), "values": y.reshape(-1).tolist()}
        row["grad"] = g.reshape(-1).tolist()
        with torch.no_grad():
            z = x.clone()
            z[items] = -1.0
            row["filled"] = z.reshape(-1).tolist()
            # Values only where no element is written twice: the order is not defined there.
            if len(set(y.reshape(-1).tolist())) == y.numel():
                z = x.clone()
                z[items] = -w
                row["assigned"] = z.reshape(-1).tolist()
        rows.append(row)
    return rows


def special():
    def points(f, xs):
        y = f(torch.tensor(xs, dtype=torch.float64))
        spell = lambda v: v if np.isfinite(v) else str(v)  # noqa: E731
        return [[spell(x), spell(v)] for x, v in zip(xs, y.tolist())]

    inf, nan = float("inf"), float("nan")
    around = [1e-300, 1e-100, 1e-20, 1e-8, 0.001, 0.1, 0.25, 0.4999, 0.5, 0.75, 0.999, 1.0, 1.001]
    around += [1.25, 1.5, 1.999, 2.0, 2.001, 2.5, 2.99, 3.0, 3.01, 4.0, 5.5, 5.99, 6.0, 6.01, 9.5]
    around += [11.99, 12.0, 12.01, 14.5, 20.5, 27.0, 50.0, 170.5, 1e3, 1e5]
    poles = [-0.1, -0.5, -0.999, -1.5, -2.5, -9.7, -20.3, -100.7]
    return {
        "erf": points(torch.erf, [0.0, *around, *[-x for x in around], inf, -inf, nan]),
        "lgamma": points(torch.lgamma, [*around, 1e10, 1e100, 1e300, *poles, 0.0, -1.0, -2.0, inf, -inf, nan]),
        "digamma": points(torch.digamma, [*around[2:], 1e10, 1e100, *poles, 0.0, -1.0, inf, nan]),
        # PyTorch's own polygamma(1, x) has nine digits only.
        **{
            f"polygamma{n}": [
                *([x, float(mpmath.polygamma(n, mpmath.mpf(x)))] for x in [*around[3:], 1e10, *poles, -5.25, -100000.25]),
                *points(lambda x: torch.polygamma(n, x), [0.0, -0.0, *([-1.0, -6.0] if n > 1 else []), -inf, nan]),
            ]
            for n in (1, 2, 3, 4)
        },
    }


def sha(array):
    return hashlib.sha256(array.tobytes()).hexdigest()


def halves():
    """Checksums: every pattern as float32, and floats all over the range as patterns; NaN is one pattern."""
    patterns = np.arange(65536, dtype=np.uint16)
    floats = ((np.arange(65536, dtype=np.uint64) * 65537 + 12345) % 2**32).astype(np.uint32)
    floats = torch.from_numpy(floats.view(np.float32).copy())
    result = {}
    for name, nan in (("float16", 0x7E00), ("bfloat16", 0x7FC0)):
        dtype = getattr(torch, name)
        wide = torch.from_numpy(patterns.view(np.int16)).view(dtype).float().numpy().copy()
        wide[np.isnan(wide)] = np.nan
        bits = floats.to(dtype).view(torch.int16).numpy().view(np.uint16).copy()
        bits[np.isnan(floats.numpy())] = nan
        values = wide.view(np.uint32).copy()
        values[np.isnan(wide)] = 0x7FC00000
        result[name] = {"values": sha(values), "bits": sha(bits)}
    return result


def main():
    parts = {
        "promotion": promotion(),
        "views": views(),
        "indexing": indexing(),
        "special": special(),
        "halves": halves(),
    }
    lines = [f"{json.dumps(k)}:{json.dumps(v, separators=(',', ':'))}" for k, v in parts.items()]
    OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")


main()
