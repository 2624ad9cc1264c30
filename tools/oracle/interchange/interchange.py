"""PyTorch's part of `pnpm interchange`: opens our files, says what it found, and writes them again."""

import json
import math
import sys
import warnings
from pathlib import Path

import torch
from torch import nn

warnings.filterwarnings("ignore")
results = []


def check(what, ok, more=""):
    results.append([what, bool(ok), str(more)])


class Net(nn.Module):
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


def expected():
    base = torch.arange(12.0).view(3, 4)
    bits = torch.tensor([[1, 0, 1], [0, 1, 1]])
    names = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "uint8", "bool"]
    return {
        "plain": {"int": 7, "negative": -129, "large": 2**40, "huge": 2**70, "float": 0.1, "minus": -0.0, "inf": math.inf,
                  "text": "naïve \0 😀", "none": None, "yes": True, "list": [1, [2, []]], "bytes": b"\0\xff"},
        "tensors": {"scalar": torch.tensor(2.5), "none": torch.zeros(0, 3), "leaf": torch.tensor([1.0, 2.0], requires_grad=True)},
        "shared": {"x": base, "t": base.t(), "row": base[1], "column": base[:, 2], "wide": base[0].expand(2, 4)},
        "dtypes": {n: bits.to(getattr(torch, n)) for n in names},
    }


def same(a, b):
    if isinstance(a, torch.Tensor):
        return (isinstance(b, torch.Tensor) and a.dtype == b.dtype and a.stride() == b.stride()
                and a.requires_grad == b.requires_grad and torch.equal(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float):
        return isinstance(b, float) and math.copysign(1, a) == math.copysign(1, b) and a == b
    return type(a) is type(b) and a == b


def first(y):
    return y[0] if isinstance(y, tuple) else y


def files(folder):
    names = json.loads((folder / "names.json").read_text())
    known = expected()
    for name in names["values"]:
        found = torch.load(folder / f"{name}.pth", weights_only=True)
        if name in known:
            check(f"{name}, values", same(known[name], found))
        if name == "shared":
            found["x"][1, 2] = 99
            check("shared, memory", found["t"][2, 1] == 99 and found["row"][2] == 99 and found["column"][1] == 99)
            found["x"][1, 2] = 6
        if name == "state dict":
            nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)).load_state_dict(found)
            check("state dict, loaded", True)
        if name == "checkpoint":
            net = nn.Linear(3, 2)
            net.load_state_dict(found["model"])
            made = torch.optim.Adam(net.parameters())
            made.load_state_dict(found["optimizer"])
            net(torch.ones(1, 3)).sum().backward()
            made.step()
            steps = {float(s["step"]) for s in made.state.values()}
            check("checkpoint, goes on", steps == {3.0} and made.param_groups[0]["amsgrad"], steps)
            found = torch.load(folder / f"{name}.pth", weights_only=True)
        torch.save(found, folder / "back" / f"{name}.zip.pth")
        torch.save(found, folder / "back" / f"{name}.old.pth", _use_new_zipfile_serialization=False)
    for name in names["models"]:
        m = torch.load(folder / f"{name}.model.pth", weights_only=False)
        exchange = folder / f"{name}.io.pth"
        if exchange.exists():
            pair = torch.load(exchange, weights_only=True)
            x, y = pair["x"], pair["y"]
            with torch.no_grad():
                own = first(m(x, x, x) if isinstance(m, nn.MultiheadAttention) else m(x))
            check(f"{name}, outputs", torch.allclose(own, y, rtol=1.3e-6, atol=1e-5), (own - y).abs().max())
        check(f"{name}, mode", not m.training)
        m.train()
        m.eval()
        torch.save(m, folder / "back" / f"{name}.model.pth")


def idx(path, skip):
    return torch.frombuffer(bytearray(path.read_bytes()[skip:]), dtype=torch.uint8)


def digits(folder, model, data):
    data = Path(data)

    def pictures(part):
        x = idx(data / f"{part}-images-idx3-ubyte", 16).view(-1, 784).float().div(255).sub(0.1307).div(0.3081)
        return x, idx(data / f"{part}-labels-idx1-ubyte", 8).long()

    def build():
        return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))

    x, labels = pictures("t10k")
    net = build()
    net.load_state_dict(torch.load(model, weights_only=True))
    with torch.no_grad():
        predictions = net(x).argmax(1)
    ours = torch.load(folder / "ours.pth", weights_only=True)["ours"]
    accuracy = (predictions == labels).float().mean().item()
    differing = (predictions != ours).sum().item()
    check(f"digits trained here ({100 * accuracy:.2f} %), image by image", differing == 0, f"{differing} differ")
    torch.manual_seed(1)
    net = build()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03, momentum=0.9)
    xs, ys = pictures("train")
    for batch in torch.randperm(60000).split(64):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(xs[batch]), ys[batch]).backward()
        optimizer.step()
    with torch.no_grad():
        predictions = net(x).argmax(1)
    torch.save(net.state_dict(), folder / "theirs-model.pth")
    accuracy = (predictions == labels).float().mean().item()
    torch.save({"predictions": predictions, "accuracy": accuracy}, folder / "theirs.pth")


if __name__ == "__main__":
    part, folder, *rest = sys.argv[1:]
    {"files": files, "digits": digits}[part](Path(folder), *rest)
    (Path(folder) / "results.json").write_text(json.dumps(results))
