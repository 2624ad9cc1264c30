"""Writes tools/sweeps/fixtures: elementwise functions and their first gradients at 50 digits (mpmath).

`pnpm oracle sweep` has tools/sweeps write the points first. Where the mathematical function has no finite value, at
kinks and for operands that are not finite, the reference is PyTorch's in float64. With each reference goes the error
that PyTorch itself has in the dtype, in ulp. The format is described in tools/sweeps/src/fixture.ts.
"""

import gzip
import json
import math
import os
import sys
from multiprocessing import Pool
from pathlib import Path

# PyTorch's kernels for AVX2, so that its errors are the same on every processor that has it.
os.environ["ATEN_CPU_CAPABILITY"] = "avx2"

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from mpmath import mp, mpf

from sweep.definitions import FUNCTIONS

ROOT = Path(__file__).resolve().parent.parent / "sweeps"
POINTS = ROOT / "dist/points"
FORMATS = {"float32": (23, -126, 127), "float64": (52, -1022, 1023)}
TORCH = {"float32": torch.float32, "float64": torch.float64}


def nearest(v, dtype):
    """The nearest number of the dtype to a real number, and what is left in 1/256 ulp."""
    if v == 0:
        return 0.0, 0
    sign, man, exp, bits = v._mpf_
    fraction, least, most = FORMATS[dtype]
    top = exp + bits - 1
    if top > most:
        return (-math.inf if sign else math.inf), 0
    if top < least - fraction - 9:
        # Not zero: a rest of 1/256 says so.
        return (-0.0, -1) if sign else (0.0, 1)
    q = max(top, least) - fraction
    shift = q - exp - 8
    # In 1/256 ulp, rounded; then whole ulp, halves to the even one.
    parts = man >> shift if shift > 0 else man << -shift
    units, rest = parts >> 8, parts & 255
    exact = shift <= 0 or man & ((1 << shift) - 1) == 0
    if rest > 128 or (rest == 128 and (units & 1 or not exact)):
        units, rest = units + 1, rest - 256
    x = math.ldexp(units, q) if units.bit_length() + q <= most + 1 else math.inf
    if math.isinf(x):
        rest = 0
    elif rest == 0 and x == 0:
        rest = 1
    rest = max(-127, min(127, rest))
    return (-x, -rest) if sign else (x, rest)


def spacing(x, dtype):
    fraction, least, _ = FORMATS[dtype]
    return math.ldexp(1.0, max(math.frexp(x)[1] - 1 if x else least, least) - fraction)


def step_of(error):
    """An error in ulp as a byte: quarters of a power of two, rounded up; 255 for what is no number's distance."""
    if not error < 2.0**62:
        return 255
    return min(254, math.ceil(4 * math.log2(1 + 4 * error) - 1e-9))


def error_of(got, near, rest, dtype):
    if math.isnan(near) or math.isnan(got):
        return 0.0 if math.isnan(near) and math.isnan(got) else math.inf
    if math.isinf(near) or math.isinf(got):
        if got == near:
            return 0.0
        largest = (2 - 2.0 ** -FORMATS[dtype][0]) * 2.0 ** FORMATS[dtype][2]
        a, b = (max(-largest, min(largest, v)) for v in (got, near))
        return abs(a - b) / spacing(largest, dtype) + 1 if (got > 0) == (near > 0) else math.inf
    ulp = spacing(near, dtype)
    return abs((got - near) / ulp - rest / 256)


def torch_answers(expression, columns, dtype, differentiable):
    xs = [torch.tensor(c, dtype=dtype).requires_grad_(differentiable) for c in columns]
    out = eval(expression, {"torch": torch, "F": F, **dict(zip("abc", xs))})  # noqa: S307
    answers = [out.detach().to(torch.float64).numpy()]
    if differentiable:
        grads = torch.autograd.grad(out, xs, torch.ones_like(out), allow_unused=True)
        zeros = np.zeros(len(columns[0]))
        answers += [zeros if g is None else g.to(torch.float64).numpy() for g in grads]
    return answers


def real(v):
    """A real number, or None; infinite only where a definition says so."""
    if v is None or v == mp.inf:
        return v
    v = mpf(v) if not hasattr(v, "_mpc_") else (v.real if v.imag == 0 else None)
    return v if v is not None and mp.isfinite(v) else None


def attempt(f, args):
    try:
        found = f(*args)
    except (ZeroDivisionError, ValueError, OverflowError):
        return None
    return found


def references(spec, rows):
    """Real numbers or None, for each pass and each point."""
    of = FUNCTIONS[spec["name"]]
    finite = [all(math.isfinite(x) for x in row) for row in rows]
    args = [[mpf(x) for x in row] if ok else None for row, ok in zip(rows, finite)]
    values = [real(attempt(of.value, a)) if a else None for a in args]
    if of.slopes is None:
        return [values]
    slopes = [attempt(of.slopes, a) if a else None for a in args]
    none = [None] * spec["arity"]
    each = [[real(s) for s in (found or none)] for found in slopes]
    return [values, *(list(column) for column in zip(*each))]


def planes(spec, dtype, columns):
    rows = list(zip(*columns))
    of = FUNCTIONS[spec["name"]]
    passes = references(spec, rows)
    differentiable = of.slopes is not None
    exact = torch_answers(spec["torch"], columns, TORCH[dtype if of.own else "float64"], differentiable)
    theirs = torch_answers(spec["torch"], columns, TORCH[dtype], differentiable)
    parts = []
    for values, wide, narrow in zip(passes, exact, theirs):
        near, rest, error = [], [], []
        for v, w, got in zip(values, wide.tolist(), narrow.tolist()):
            if v is None:
                x, r = (w, 0) if not math.isfinite(w) else nearest(mpf(w), dtype)
                if w == 0:
                    x = w
            elif v == mp.inf:
                x, r = math.inf, 0
            else:
                x, r = nearest(v, dtype)
                # Zeros have the sign that PyTorch gives them.
                if v == 0 and w == 0:
                    x = w
            near.append(x)
            rest.append(r)
            error.append(step_of(error_of(got, x, r, dtype)))
        width = {"float32": 4, "float64": 8}[dtype]
        bits = np.array(near, dtype="<f4" if dtype == "float32" else "<f8").view(np.uint8)
        parts.append(bits.reshape(-1, width).T.tobytes())
        parts.append(np.array(rest, dtype=np.int8).tobytes())
        parts.append(np.array(error, dtype=np.uint8).tobytes())
    return b"".join(parts)


def write(job):
    spec, columns = job
    mp.dps = 50
    torch.set_num_threads(1)
    body = b"".join(planes(spec, dtype, columns[dtype]) for dtype in FORMATS)
    slopes = 0 if FUNCTIONS[spec["name"]].slopes is None else spec["arity"]
    keep = ("name", "constants", "crossings", "dtypes")
    header = json.dumps({**{k: spec[k] for k in keep}, "slopes": slopes}, separators=(",", ":")).encode()
    data = len(header).to_bytes(4, "little") + header + body
    file = ROOT / f"fixtures/{spec['name'].replace(' ', '-')}.bin.gz"
    file.write_bytes(gzip.compress(data, 9, mtime=0))
    return spec["name"], file.stat().st_size


def main():
    if not POINTS.with_suffix(".json").exists():
        sys.exit("sweep_references.py: no points; run `pnpm oracle sweep`, which writes them first")
    specs = json.loads(POINTS.with_suffix(".json").read_text())
    unknown = [s["name"] for s in specs if s["name"] not in FUNCTIONS]
    if unknown:
        sys.exit(f"sweep_references.py: {', '.join(unknown)}: no definition in tools/oracle/sweep/definitions.py")
    data = np.fromfile(POINTS.with_suffix(".bin"), dtype="<f8")
    jobs, at = [], 0
    for spec in specs:
        columns = {}
        for dtype, about in spec["dtypes"].items():
            size = about["count"] * spec["arity"]
            columns[dtype] = data[at : at + size].reshape(spec["arity"], -1).tolist()
            at += size
        jobs.append((spec, columns))
    total = 0
    with Pool(min(4, os.cpu_count() or 1)) as pool:
        for name, size in pool.imap_unordered(write, jobs):
            total += size
            print(f"{name}: {size} bytes", flush=True)
    print(f"{len(jobs)} functions, {total} bytes")


if __name__ == "__main__":
    main()
