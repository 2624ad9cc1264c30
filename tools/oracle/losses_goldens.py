"""Writes packages/losses/test/fixtures/losses.json: losses and gradients from PyTorch."""

import itertools
import json
import math
import pathlib

import torch
from torch.nn import functional as F

OUT = pathlib.Path(__file__).parents[2] / "packages/losses/test/fixtures/losses.json"
torch.manual_seed(7)
cases = []


def plain(x):
    if isinstance(x, torch.Tensor):
        return [plain(v) for v in x.tolist()] if x.ndim else plain(x.item())
    if isinstance(x, list):
        return [plain(v) for v in x]
    if isinstance(x, float) and not math.isfinite(x):
        return str(x)
    return x


def packed(x):
    return {"shape": list(x.shape), "dtype": str(x.dtype).split(".")[1], "data": plain(x.reshape(-1))}


def add(name, torch_name, x, target, tensors=None, options=None, twice=True):
    """One case: value, gradient for a cotangent, and the gradient of the gradient's own sum of squares."""
    tensors = tensors or {}
    options = options or {}
    x = x.detach().clone().requires_grad_()
    loss = getattr(F, torch_name)(x, target, **tensors, **options)
    weight = torch.sin(torch.arange(loss.numel(), dtype=x.dtype) + 1).reshape(loss.shape)
    (grad,) = torch.autograd.grad((loss * weight).sum(), x, create_graph=True)
    second = None
    if grad.requires_grad and twice:
        (second,) = torch.autograd.grad((grad * grad).sum(), x)
        second = torch.zeros(x.shape, dtype=x.dtype) + second  # some zeros come without memory
    camel = {
        "ignore_index": "ignoreIndex",
        "label_smoothing": "labelSmoothing",
        "pos_weight": "posWeight",
    }
    cases.append(
        {
            "name": name,
            "input": packed(x.detach()),
            "target": packed(target),
            "tensors": {camel.get(k, k): packed(v) for k, v in tensors.items()},
            "options": {camel.get(k, k): v for k, v in options.items()},
            "value": packed(loss.detach()),
            "grad": packed(grad.detach()),
            "second": None if second is None else packed(second),
        }
    )


REDUCTIONS = ["none", "mean", "sum"]
for dtype, reduction in itertools.product([torch.float32, torch.float64], REDUCTIONS):
    r = {"reduction": reduction}
    for shape in [(4,), (3, 2), ()]:
        x, y = torch.randn(shape, dtype=dtype), torch.randn(shape, dtype=dtype)
        add("mseLoss", "mse_loss", x, y, options=r)
        add("l1Loss", "l1_loss", x, y, options=r)
        p, t = torch.rand(shape, dtype=dtype), torch.rand(shape, dtype=dtype)
        add("binaryCrossEntropy", "binary_cross_entropy", p, t, options=r)
        w = torch.rand(shape, dtype=dtype)
        add("binaryCrossEntropy", "binary_cross_entropy", p, t, {"weight": w}, r)
        big = torch.randn(shape, dtype=dtype) * 20
        name, torch_name = "binaryCrossEntropyWithLogits", "binary_cross_entropy_with_logits"
        add(name, torch_name, big, t, options=r)
        add(name, torch_name, x, t, {"weight": w}, r)
        add(name, torch_name, x, t, {"pos_weight": w * 3}, r)
        add(name, torch_name, x, t, {"weight": w, "pos_weight": w * 3}, r)
    edge = torch.tensor([0.0, 1.0, 0.0, 1.0], dtype=dtype)
    add("binaryCrossEntropy", "binary_cross_entropy", edge, edge.flip(0), options=r, twice=False)
    for shape, target_shape in [((5, 4), (5,)), ((4,), ()), ((2, 3, 2, 2), (2, 2, 2))]:
        classes = shape[0] if len(shape) == 1 else shape[1]
        x = torch.randn(shape, dtype=dtype) * 3
        t = torch.randint(classes, target_shape)
        w = torch.rand(classes, dtype=dtype) + 0.1
        logs = F.log_softmax(x, 0 if len(shape) == 1 else 1)
        for extra in [{}, {"weight": w}]:
            add("nllLoss", "nll_loss", logs, t, extra, r)
            add("nllLoss", "nll_loss", logs, t, extra, {**r, "ignore_index": 1})
            for smoothing in [0.0, 0.1]:
                o = {**r, "label_smoothing": smoothing}
                add("crossEntropy", "cross_entropy", x, t, extra, o)
                add("crossEntropy", "cross_entropy", x, t, extra, {**o, "ignore_index": 1})
                soft = torch.softmax(torch.randn(shape, dtype=dtype), 0 if len(shape) == 1 else 1)
                add("crossEntropy", "cross_entropy", x, soft, extra, o)

OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")
