"""Writes tools/conformance/fixtures/*.json: PyTorch's results for the conformance suite's cases.

The cases come from the suite itself (`node tools/conformance/dist/main.js --cases <file>`), which
`pnpm oracle` calls first. Their inputs are not stored: the suite draws them again and compares a
fingerprint. A gradient that is missing or zero everywhere is null.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

ROOT = Path(__file__).parents[2] / "tools/conformance"
torch.set_num_threads(1)


def put(x, items, value):
    """`x[items] = value` on a copy."""
    y = x.clone()
    y[items] = value
    return y


NAMES = {"torch": torch, "F": F, "put": put}


def tensor(spec):
    values = torch.tensor([float(v) for v in spec["values"]], dtype=torch.float64)
    return values.reshape(spec["shape"]).to(getattr(torch, spec["dtype"]))


def weights(shape, dtype, start):
    """The upstream gradient: see `weight` in tools/conformance/src/case.ts."""
    n = 1
    for size in shape:
        n *= size
    i = torch.arange(start, start + n, dtype=torch.float64)
    return (((i * 37 + 11) % 64) / 32 - 63 / 64).reshape(shape).to(dtype)


def number(v, dtype):
    if v != v:
        return "nan"
    if v in (float("inf"), float("-inf")):
        return "inf" if v > 0 else "-inf"
    if dtype is torch.float32:
        v = float(str(np.float32(v)))
    return int(v) if v == int(v) and abs(v) < 2**53 else v


def golden(x):
    x = x.detach()
    wide = x.to(torch.float64) if x.dtype.is_floating_point else x.to(torch.int64)
    return {
        "dtype": str(x.dtype).removeprefix("torch."),
        "shape": list(x.shape),
        "values": [number(v, x.dtype) for v in wide.reshape(-1).tolist()],
    }


def gradient(x):
    return None if x is None or not bool((x != 0).any()) else golden(x)


def grads(outputs, inputs, seeds, **more):
    return torch.autograd.grad(outputs, inputs, seeds, allow_unused=True, **more)


def evaluate(case):
    inputs = [tensor(spec) for spec in case["inputs"]]
    for x in inputs:
        x.requires_grad_(x.dtype.is_floating_point and case["order"] > 0)
    scope = {**NAMES, **dict(zip("abcd", inputs))}
    found = eval(case["torch"], scope)  # noqa: S307
    outputs = [found] if isinstance(found, torch.Tensor) else list(found)
    result = {"of": case["of"], "outputs": [golden(x) for x in outputs]}
    roots = [(k, x) for k, x in enumerate(outputs) if x.requires_grad]
    if case["order"] == 0 or not roots:
        return result
    leaves = [x for x in inputs if x.requires_grad]
    twice = case["order"] == 2
    seeds = [weights(x.shape, x.dtype, k * 101).requires_grad_(twice) for k, x in roots]
    # A gradient that cannot be differentiated again has no second order here.
    first = grads([x for _, x in roots], leaves, seeds, create_graph=twice)
    by_leaf = dict(zip(map(id, leaves), first))
    first = [by_leaf.get(id(x)) for x in inputs]
    result["first"] = [gradient(x) for x in first]
    if not twice:
        return result
    parts = [
        (g * weights(g.shape, g.dtype, 53 + j * 29)).sum()
        for j, g in enumerate(first)
        if g is not None
    ]
    total = sum(parts)
    if not (isinstance(total, torch.Tensor) and total.requires_grad):
        result["second"] = [None] * (len(inputs) + len(seeds))
        return result
    second = grads(total, leaves + seeds, None)
    by_leaf = dict(zip(map(id, leaves), second))
    result["second"] = [gradient(by_leaf.get(id(x))) for x in inputs]
    result["second"] += [gradient(x) for x in second[len(leaves) :]]
    return result


def main():
    if len(sys.argv) > 1:
        cases = json.loads(Path(sys.argv[1]).read_text())
    else:
        file = ROOT / "dist/cases.json"
        if not file.exists():
            sys.exit("conformance_goldens.py: no cases; run `pnpm oracle`, which writes them first")
        cases = json.loads(file.read_text())
    failed = 0
    for name, group in cases.items():
        lines = []
        for case in group:
            try:
                result = evaluate(case)
            except Exception as error:  # noqa: BLE001
                print(f"{case['id']}: {case['torch']}: {str(error).splitlines()[0]}")
                failed += 1
                continue
            lines.append(f"{json.dumps(case['id'])}:{json.dumps(result, separators=(',', ':'))}")
        (ROOT / f"fixtures/{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    if failed:
        sys.exit(f"conformance_goldens.py: PyTorch refused {failed} cases, which have no goldens now")


main()
