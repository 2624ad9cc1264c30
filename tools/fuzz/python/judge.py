"""Runs programs by PyTorch: a program a line on stdin, its outcome a line on stdout, both JSON."""
import json
import math
import re
import sys
import warnings

import numpy
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
FLOATS = (torch.float16, torch.bfloat16, torch.float32)
TOLERANCES = {
    torch.float16: (1e-3, 1e-5),
    torch.bfloat16: (1.6e-2, 1e-5),
    torch.float32: (1.3e-6, 1e-5),
    torch.float64: (1e-7, 1e-7),
}


# Half a unit in the last place of 1.
ROUNDING = {torch.float16: 2.0**-11, torch.bfloat16: 2.0**-8, torch.float32: 2.0**-24}


# Several steps in one, which round what they do not show: their operands are moved too, exact or not.
NORMALIZATION = re.compile(r"aten::_?native_\w*norm")
# Sums of many terms, which round each time that one is added: what terms of one sign would add up to tells how far.
SUMS = re.compile(r"aten::(?:mm|bmm|mv|dot|addmm|addmv|baddbmm|sum|mean|cumsum|convolution|convolution_backward|_?(?:adaptive_)?avg_pool\dd)$")


def magnitudes(args):
    """The arguments with the magnitudes of the tensors among them; None where these are not all of float64."""
    tensors = [x for x in args if isinstance(x, torch.Tensor)]
    if not all(x.dtype == torch.float64 for x in tensors):
        return None
    return tuple(x.abs() if isinstance(x, torch.Tensor) else x for x in args)


class Rounded(TorchDispatchMode):
    """
    Of a program in float64, each result that the narrow dtype does not hold is moved by what rounding to it may, up or down
    by chance: what such programs differ by is what rounding may do, also where PyTorch's own errors happen to cancel. Equal
    values are moved alike, as they are rounded alike.
    """

    def __init__(self, dtype, seed):
        super().__init__()
        self.dtype = dtype
        self.chance = torch.Generator().manual_seed(seed)

    def moved(self, x, whole=False, size=None):
        if not isinstance(x, torch.Tensor) or x.dtype != torch.float64 or x.requires_grad:
            return x
        inexact = ((x.to(self.dtype).to(torch.float64) != x) | whole) & x.isfinite()
        if not bool(inexact.any()):
            return x
        values, place = torch.unique(x, return_inverse=True)
        sign = (torch.randint(0, 2, values.shape, generator=self.chance, dtype=torch.float64) * 2 - 1)[place]
        return torch.where(inexact, x + sign * ROUNDING[self.dtype] * (x if size is None else size), x)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if NORMALIZATION.match(func._schema.name):
            args = tuple(self.moved(x, whole=True) for x in args)
        out = func(*args, **(kwargs or {}))
        if SUMS.match(func._schema.name):
            terms = magnitudes(args)
            if terms is not None:
                sizes = func(*terms, **(kwargs or {}))
                pairs = zip(out, sizes) if isinstance(out, (tuple, list)) else [(out, sizes)]
                moved = tuple(self.moved(x, size=size) for x, size in pairs)
                return moved if isinstance(out, (tuple, list)) else moved[0]
        if any(r.alias_info is not None for r in func._schema.returns) or func._schema.name == "aten::lift_fresh":
            return out
        return tuple(map(self.moved, out)) if isinstance(out, (tuple, list)) else self.moved(out)


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


def is_operand(names, line):
    """Whether the result of a line is one of its operands itself."""
    x = names.get(f"v{line['out']}")
    return any(x is tensor(names, r, k) for r, k in line["refs"])


def execute(lines, wide, narrow=None):
    """
    The names that the program leaves, and its errors by instruction; in float64 with the names that it has left in its own
    dtypes.
    """
    names = {"torch": torch, "F": F, "i32": i32, "i64": i64, "place": place}
    errors = {}
    torch.set_default_dtype(torch.float64 if wide else torch.float32)
    for line in lines:
        if any(tensor(names, r, k) is None for r, k in line["refs"]):
            continue
        code = line["code"]
        if wide:
            for name in ("bfloat16", "float16", "float32"):
                code = code.replace(f"torch.{name}", "torch.float64")
        try:
            exec(code, names)
            # x.to() of another dtype is a copy, which may be changed.
            if wide and ".to(" in code and is_operand(names, line) and not is_operand(narrow, line):
                names[f"v{line['out']}"] = names[f"v{line['out']}"].clone()
        except Exception as e:
            errors[str(line["out"])] = {"kind": type(e).__name__, "message": str(e).split("\n")[0][:300]}
    torch.set_default_dtype(torch.float32)
    return names, errors


def tensors_of(x):
    return [e for e in (x if isinstance(x, (tuple, list)) else [x]) if isinstance(e, torch.Tensor)]


def narrowest(names, registers):
    """The narrowest dtype that rounds float64 among these registers."""
    found = {x.dtype for r in registers for x in tensors_of(names.get(f"v{r}"))}
    return max((d for d in found if d in ROUNDING), key=ROUNDING.get, default=None)


def ancestors(lines):
    """For each register those that it is computed from, with itself."""
    found = {}
    for line in lines:
        found[line["out"]] = {line["out"]}.union(*(found.get(r, {r}) for r, _ in line["refs"]))
    return found


class ByChance:
    """A program in float64, rounded by chance to a dtype; run once for each that is asked for."""

    def __init__(self, lines, narrow):
        self.lines = lines
        self.narrow = narrow
        self.runs = {None: []}

    def of(self, dtype):
        if dtype not in self.runs:
            self.runs[dtype] = [self.run(dtype, seed) for seed in range(3)]
        return self.runs[dtype]

    def run(self, dtype, seed):
        with Rounded(dtype, seed):
            return execute(self.lines, True, self.narrow)[0]


def scalar(x, dtype):
    if not dtype.is_floating_point:
        return int(x)
    if math.isnan(x):
        return "nan"
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return float(str(numpy.float32(x))) if dtype in FLOATS else x


def noise(x, y, rounded=()):
    """
    How far x, or the same of a program that is rounded by chance, is from y, the same in float64: nothing where they agree,
    None where they are unrelated.
    """
    if y is None or y.shape != x.shape:
        return {}
    if not x.dtype.is_floating_point:
        return {} if torch.equal(x.to(torch.float64), y.to(torch.float64)) else {"noise": None}
    a, b = x.to(torch.float64), y.to(torch.float64)
    # What is too large for its dtype is rightly infinite.
    same = (a == b) | (a.isnan() & b.isnan()) | (a.isinf() & (y.to(x.dtype) == x))
    if bool((~same & ~(a.isfinite() & b.isfinite())).any()):
        return {"noise": None}
    rtol, atol = TOLERANCES[x.dtype]
    d = torch.where(same, 0.0, (a - b).abs())
    for r in rounded:
        if r is not None and r.shape == y.shape:
            # Another branch says nothing of how far rounding carries this one.
            by_chance = (r.to(torch.float64) - b).abs()
            d = torch.maximum(d, torch.where(by_chance.isfinite() & a.isfinite(), by_chance, 0.0))
    if not bool((d > 0.25 * (atol + rtol * b.abs())).any()):
        return {}
    largest = d.max().item()
    return {"noise": float(f"{largest:.3g}") if math.isfinite(largest) else None}


def detached(x):
    return None if x is None else x.detach()


def reading(x, y, rounded, rounded_of_grad=None):
    flat = x.detach().reshape(-1)
    values = flat.to(torch.float64 if x.dtype.is_floating_point else torch.int64).tolist()
    out = {
        "shape": list(x.shape),
        "dtype": str(x.dtype).removeprefix("torch."),
        "requiresGrad": x.requires_grad,
        "values": [scalar(v, x.dtype) for v in values],
        **noise(x.detach(), detached(y), [detached(r) for r in rounded]),
    }
    g = None if rounded_of_grad is None else gradient(x)
    if g is not None:
        of = [None if r is None else gradient(r) for r in (y, *rounded_of_grad)]
        out["grad"] = reading(g.detach(), of[0], of[1:])
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


def judge(lines, chance):
    names, errors = execute(lines, False)
    wide, _ = execute(lines, True, names)
    rounded, before = ByChance(lines, names), ancestors(lines)
    registers, groups = {}, {}
    for name, x, (r, k) in named(names, lines):
        # A value is rounded by what it is computed from, a gradient by anything.
        runs = rounded.of(narrowest(names, before[r]) if chance else None)
        all_runs = rounded.of(narrowest(names, before) if chance else None)
        registers[name] = reading(
            x, tensor(wide, r, k), [tensor(n, r, k) for n in runs], [tensor(n, r, k) for n in all_runs]
        )
        if x.untyped_storage().nbytes() > 0:
            groups.setdefault(x.untyped_storage()._cdata, []).append(name)
    shares = [group for group in groups.values() if len(group) > 1]
    return {"registers": registers, "errors": errors, "shares": shares}


def main():
    print(json.dumps({"ready": torch.__version__}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps({"id": request["id"], "outcome": judge(request["lines"], request.get("chance", False))}, allow_nan=False), flush=True)


main()
