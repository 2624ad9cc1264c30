"""Writes packages/losses/test/fixtures/more.json: losses of several inputs, with all gradients."""

import itertools
import json
import math
import pathlib

import torch
from torch.nn import functional as F

OUT = pathlib.Path(__file__).parents[2] / "packages/losses/test/fixtures/more.json"
torch.manual_seed(11)
cases = []
CAMEL = {"log_target": "logTarget"}


def plain(x):
    return x if not isinstance(x, float) or math.isfinite(x) else str(x)


def packed(x):
    return {
        "shape": list(x.shape),
        "dtype": str(x.dtype).split(".")[1],
        "data": [plain(v) for v in x.reshape(-1).tolist()],
    }


def add(name, torch_name, inputs, fixed=(), options=None):
    """`fixed` are the places of inputs that are not differentiated."""
    options = options or {}
    xs = [x.detach().clone() for x in inputs]
    wanted = [i for i in range(len(xs)) if i not in fixed]
    for i in wanted:
        xs[i].requires_grad_()
    loss = getattr(F, torch_name)(*xs, **options)
    weight = torch.sin(torch.arange(loss.numel(), dtype=loss.dtype) + 1).reshape(loss.shape)
    leaves = [xs[i] for i in wanted]
    grads = torch.autograd.grad((loss * weight).sum(), leaves, create_graph=True) if leaves else []
    total = sum((g * g).sum() for g in grads)
    seconds = [None] * len(leaves)
    if leaves and total.requires_grad:
        seconds = torch.autograd.grad(total, leaves, allow_unused=True)
    cases.append(
        {
            "name": name,
            "inputs": [packed(x.detach()) for x in xs],
            "wanted": wanted,
            "options": {CAMEL.get(k, k): v for k, v in options.items()},
            "value": packed(loss.detach()),
            "grads": [packed(g.detach()) for g in grads],
            "seconds": [
                None if x is None else packed(torch.zeros(x.shape, dtype=x.dtype) + x) for x in seconds
            ],
        }
    )


for dtype, reduction in itertools.product([torch.float32, torch.float64], ["none", "mean", "sum"]):
    r = {"reduction": reduction}

    def normal(*shape):
        return torch.randn(shape, dtype=dtype)

    for shape in [(5,), (3, 2), ()]:
        a, b = normal(*shape) * 2, normal(*shape)
        for beta in [1.0, 0.5, 0.0]:
            add("smoothL1Loss", "smooth_l1_loss", [a, b], (), {**r, "beta": beta})
        for delta in [1.0, 0.3]:
            add("huberLoss", "huber_loss", [a, b], (), {**r, "delta": delta})
    for kind in [reduction, "batchmean"]:
        logs = F.log_softmax(normal(3, 4), 1)
        target = F.softmax(normal(3, 4), 1)
        add("klDiv", "kl_div", [logs, target], (), {"reduction": kind})
        add("klDiv", "kl_div", [logs, target.log()], (), {"reduction": kind, "log_target": True})
        zero = target.clone()
        zero[0, 0] = 0
        add("klDiv", "kl_div", [logs, zero], (1,), {"reduction": kind})
    mean, value, var = normal(3, 4), normal(3, 4), torch.rand(3, 4, dtype=dtype) + 0.1
    for full in [False, True]:
        add("gaussianNllLoss", "gaussian_nll_loss", [mean, value, var], (), {**r, "full": full})
    add("gaussianNllLoss", "gaussian_nll_loss", [mean, value, var[:, :1]], (), r)
    add("gaussianNllLoss", "gaussian_nll_loss", [mean, value, var[:, 0]], (), r)
    add("gaussianNllLoss", "gaussian_nll_loss", [mean, value, var * 0.1], (), {**r, "eps": 0.05})
    sign = torch.tensor([1.0, -1.0, 1.0, -1.0], dtype=dtype)
    for margin in [0.0, 0.3, -0.5]:
        add("cosineEmbeddingLoss", "cosine_embedding_loss", [normal(4, 3), normal(4, 3), sign], (2,), {**r, "margin": margin})
        add("marginRankingLoss", "margin_ranking_loss", [normal(4), normal(4), sign], (2,), {**r, "margin": margin})
    add("cosineEmbeddingLoss", "cosine_embedding_loss", [normal(3), normal(3), sign[0]], (2,), r)
    for extra in [{}, {"margin": 0.5, "p": 1.0}, {"swap": True, "margin": 2.0}, {"p": 3.0, "eps": 1e-3}]:
        triple = [normal(4, 3), normal(4, 3), normal(4, 3)]
        add("tripletMarginLoss", "triplet_margin_loss", triple, (), {**r, **extra})
    if reduction == "none":
        for dim in [0, 1, -1]:
            add("cosineSimilarity", "cosine_similarity", [normal(3, 4), normal(3, 4)], (), {"dim": dim})
        tiny = normal(2, 3) * 1e-5
        add("cosineSimilarity", "cosine_similarity", [tiny, normal(2, 3)], (0, 1), {"eps": 1e-3})
        add("pairwiseDistance", "pairwise_distance", [normal(3, 4), normal(3, 4)], (), {"p": 2.0})
        add("pairwiseDistance", "pairwise_distance", [normal(3, 4), normal(3, 4)], (), {"p": 1.0, "keepdim": True})

# After all others, whose numbers come from the same stream.
for dtype, reduction in itertools.product([torch.float32, torch.float64], ["none", "mean", "sum"]):
    for shape in [(5,), (3, 2), ()]:
        sign = torch.randn(shape, dtype=dtype).sign()
        scores = torch.randn(shape, dtype=dtype) * 4
        add("softMarginLoss", "soft_margin_loss", [scores, sign], (1,), {"reduction": reduction})
        add("softMarginLoss", "soft_margin_loss", [scores * 0, sign], (1,), {"reduction": reduction})


OUT.write_text(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")) + "\n")
print(f"{len(cases)} cases, {OUT.stat().st_size} bytes")
