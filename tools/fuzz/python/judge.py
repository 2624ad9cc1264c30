"""Runs programs by PyTorch: a program a line on stdin, its outcome a line on stdout, both JSON."""
import json
import math
import sys
import warnings

import numpy
import torch
import torch.nn.functional as F

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
FLOATS = (torch.float16, torch.bfloat16, torch.float32)
TOLERANCES = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
}


def i32(x, of=None):
    """int32 is dl's index type and the result of integer sums."""
    if isinstance(x, tuple):
        return tuple(i32(e, of if k == 0 else None) for k, e in enumerate(x))
    if of is not None and of.dtype == torch.int64:
        return x
    return x.to(torch.int32) if x.dtype == torch.int64 else x


def i64(x):
    """PyTorch takes int64 alone where dl takes int32 and uint8 too."""
    return x.long() if x.dtype in (torch.int32, torch.uint8) else x


def place(x):
    """PyTorch takes no uint8 as positions."""
    return x.int() if x.dtype == torch.uint8 else x


def tensor(names, r, k):
    x = names.get(f"v{r}")
    if k is not None:
        x = x[k] if isinstance(x, (tuple, list)) and k < len(x) else None
    return x if isinstance(x, torch.Tensor) else None


def execute(lines, wide):
    """The names that the program leaves, and its errors by instruction."""
    names = {"torch": torch, "F": F, "i32": i32, "i64": i64, "place": place}
    errors = {}
    torch.set_default_dtype(torch.float64 if wide else torch.float32)
    for line in lines:
        if any(tensor(names, r, k) is None for r, k in line["refs"]):
            continue
        code = line["code"]
        if wide:
            for narrow in ("bfloat16", "float16", "float32"):
                code = code.replace(f"torch.{narrow}", "torch.float64")
        try:
            exec(code, names)
        except Exception as e:
            errors[str(line["out"])] = {"kind": type(e).__name__, "message": str(e).split("\n")[0][:300]}
    torch.set_default_dtype(torch.float32)
    return names, errors


def scalar(x, dtype):
    if not dtype.is_floating_point:
        return int(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return float(str(numpy.float32(x))) if dtype in FLOATS else x


def noise(x, y):
    """How far x is from y, the same in float64: nothing where they agree, None where they are unrelated."""
    if y is None or y.shape != x.shape:
        return {}
    if not x.dtype.is_floating_point:
        return {} if torch.equal(x.to(torch.float64), y.to(torch.float64)) else {"noise": None}
    a, b = x.to(torch.float64), y.to(torch.float64)
    same = (a == b) | (a.isnan() & b.isnan())
    if bool((~same & ~(a.isfinite() & b.isfinite())).any()):
        return {"noise": None}
    rtol, atol = TOLERANCES[x.dtype]
    d = torch.where(same, 0.0, (a - b).abs())
    if not bool((d > 0.25 * (atol + rtol * b.abs())).any()):
        return {}
    largest = d.max().item()
    return {"noise": float(f"{largest:.3g}") if math.isfinite(largest) else None}


def reading(x, y, with_grad=True):
    x = x.detach() if not with_grad else x
    flat = x.detach().reshape(-1)
    values = flat.to(torch.float64 if x.dtype.is_floating_point else torch.int64).tolist()
    out = {
        "shape": list(x.shape),
        "dtype": str(x.dtype).removeprefix("torch."),
        "requiresGrad": x.requires_grad,
        "values": [scalar(v, x.dtype) for v in values],
        **noise(x.detach(), None if y is None else y.detach()),
    }
    g = gradient(x) if with_grad else None
    if g is not None:
        out["grad"] = reading(g, None if y is None else gradient(y), False)
    return out


def gradient(x):
    """The gradient that was left in x; None also for a view whose history PyTorch refuses to look for."""
    try:
        return x.grad if x.is_leaf or x.retains_grad else None
    except RuntimeError:
        return None


def named(names, lines):
    for line in lines:
        if line["silent"]:
            continue
        r = line["out"]
        x = names.get(f"v{r}")
        if isinstance(x, torch.Tensor):
            yield f"v{r}", x, (r, None)
        elif isinstance(x, (tuple, list)):
            for k, e in enumerate(x):
                if isinstance(e, torch.Tensor):
                    yield f"v{r}[{k}]", e, (r, k)


def judge(lines):
    names, errors = execute(lines, False)
    wide, _ = execute(lines, True)
    registers, groups = {}, {}
    for name, x, (r, k) in named(names, lines):
        registers[name] = reading(x, tensor(wide, r, k))
        if x.untyped_storage().nbytes() > 0:
            groups.setdefault(x.untyped_storage()._cdata, []).append(name)
    shares = [group for group in groups.values() if len(group) > 1]
    return {"registers": registers, "errors": errors, "shares": shares}


def main():
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], "outcome": judge(request["lines"])}, allow_nan=False), flush=True)


main()
