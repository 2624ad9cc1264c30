"""Writes packages/nn/test/fixtures/utils.json: gradients clipped by norm and by value, vectors."""

import base64
import json
import math
from pathlib import Path

import torch
from torch.nn import utils

OUT = Path(__file__).parents[2] / "packages/nn/test/fixtures/utils.json"
SHAPES = [(3, 2), (4,), (), (2,)]


def pack(x):
    # Half types as the float32 that they fit into.
    wide = x.detach().float() if x.dtype == torch.float16 else x.detach()
    data = base64.b64encode(wide.contiguous().numpy().tobytes()).decode()
    return {"shape": list(x.shape), "dtype": str(x.dtype).split(".")[1], "data": data}


def plain(x):
    return x if math.isfinite(x) else str(x)


def parameters(dtypes, bad=None):
    """The last one has no gradient."""
    torch.manual_seed(7)
    params = []
    for i, shape in enumerate(SHAPES):
        p = torch.randn(shape, dtype=torch.float64).to(dtypes[i % len(dtypes)]).requires_grad_()
        if i < 3:
            p.grad = torch.randn(shape, dtype=torch.float64).to(p.dtype)
        params.append(p)
    if bad is not None:
        params[0].grad[1, 0] = bad
    return params


def clip(dtypes, max_norm, norm_type, bad=None):
    params = parameters(dtypes, bad)
    before = [None if p.grad is None else pack(p.grad) for p in params]
    total = utils.clip_grad_norm_(params, max_norm, norm_type)
    return {
        "maxNorm": plain(max_norm),
        "normType": plain(norm_type),
        "grads": before,
        "total": pack(total),
        "clipped": [None if p.grad is None else pack(p.grad) for p in params],
    }


def clip_value(dtypes, limit, bad=None):
    params = parameters(dtypes, bad)
    before = [None if p.grad is None else pack(p.grad) for p in params]
    utils.clip_grad_value_(params, limit)
    return {
        "limit": limit,
        "grads": before,
        "clipped": [None if p.grad is None else pack(p.grad) for p in params],
    }


def vector(dtypes):
    params = parameters(dtypes)
    return {"params": [pack(p) for p in params], "vector": pack(utils.parameters_to_vector(params))}


F32, F64, F16 = torch.float32, torch.float64, torch.float16
norms = []
for dtypes in [[F32], [F64], [F32, F64]]:
    for norm_type in [2.0, 1.0, 0.5, 3.0, 0.0, math.inf, -math.inf]:
        for max_norm in [0.0, 0.1, 1.0, 100.0]:
            norms.append(clip(dtypes, max_norm, norm_type))
norms.append(clip([F32], math.inf, 2.0))
norms.append(clip([F16], 1.0, 2.0))
for bad in [math.inf, math.nan]:
    for norm_type in [2.0, math.inf]:
        norms.append(clip([F32], 1.0, norm_type, bad))

parts = {
    "norms": norms,
    "values": [
        clip_value(dtypes, limit, bad)
        for dtypes in [[F32], [F64], [F16], [F32, F64]]
        for limit in [0.0, 0.3, 10.0]
        for bad in [None, math.nan]
    ],
    "vectors": [vector(dtypes) for dtypes in [[F32], [F64], [F32, F64]]],
}
lines = [f'"{k}": [\n' + ",\n".join(json.dumps(x) for x in v) + "\n]" for k, v in parts.items()]
OUT.write_text("{\n" + ",\n".join(lines) + "\n}\n")
