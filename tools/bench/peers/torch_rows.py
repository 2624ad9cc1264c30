"""The benchmark rows in PyTorch: reads one JSON command a line, answers one JSON line each."""

import json
import math
import os
import sys
import tempfile
import time

import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(int(sys.argv[1]))


def linear_regression():
    x = torch.tensor([2.0, 3.0, 4.0])
    y = torch.tensor([3.0, 5.0, 8.0])
    w = torch.tensor(0.5, requires_grad=True)
    b = torch.tensor(0.1, requires_grad=True)
    last = None

    def step():
        nonlocal last
        loss = ((w * x + b - y) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad * 0.01)
            b.sub_(b.grad * 0.01)
        w.grad = None
        b.grad = None
        last = loss

    return step, lambda: [last.item(), w.item(), b.item()]


def fill(model):
    """The same starting weights on both sides: small sines."""
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            n = p.numel()
            p.copy_(torch.tensor([math.sin(i + k) * 0.5 for i in range(n)]).view(p.shape))


def small_net():
    x = torch.tensor([[math.sin(i), math.cos(1.7 * i)] for i in range(400)])
    y = torch.tensor([[1.0 if math.sin(i) * math.cos(1.7 * i) > 0 else 0.0] for i in range(400)])
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    fill(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    last = None

    def step():
        nonlocal last
        optimizer.zero_grad()
        last = F.binary_cross_entropy_with_logits(net(x), y)
        last.backward()
        optimizer.step()

    return step, lambda: [last.item()]


def digits_step():
    x = torch.tensor([math.sin(i * 0.37) for i in range(64 * 784)]).view(64, 784)
    y = torch.tensor([i * 7 % 10 for i in range(64)])
    net = nn.Sequential(
        nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10)
    )
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            n = p.numel()
            p.copy_(torch.tensor([math.sin(i + k) * 0.05 for i in range(n)]).view(p.shape))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    last = None

    def step():
        nonlocal last
        optimizer.zero_grad()
        last = F.cross_entropy(net(x), y)
        last.backward()
        optimizer.step()

    return step, lambda: [last.item()]


def state_dict():
    return {f"w{i}": torch.full((2048, 2048), float(i)) for i in range(16)}


def check(found):
    return [x[-1, -1].item() for x in found.values()]


FOLDER = tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


def save_pth():
    value = state_dict()
    return lambda: torch.save(value, f"{FOLDER.name}/save.pth"), lambda: check(value)


def load_pth():
    torch.save(state_dict(), f"{FOLDER.name}/load.pth")
    found = {}

    def step():
        nonlocal found
        found = torch.load(f"{FOLDER.name}/load.pth")

    return step, lambda: check(found)


ROWS = {
    "save a state dict of 256 MiB as .pth": save_pth,
    "load a state dict of 256 MiB from .pth": load_pth,
    "linear regression step, 3 points": linear_regression,
    "net 2-4-1 with tanh, 400 points, BCE-with-logits, SGD": small_net,
    "digits step 784-256-128-10, batch 64, momentum": digits_step,
}
states = {}

for line in sys.stdin:
    request = json.loads(line)
    make = ROWS.get(request["row"])
    if make is None:
        print(json.dumps({}), flush=True)
        continue
    if request["command"] == "result":
        step, result = make()
        for _ in range(request["steps"]):
            step()
        print(json.dumps({"result": result()}), flush=True)
        continue
    if request["row"] not in states:
        states[request["row"]] = make()
    step, _ = states[request["row"]]
    start = time.perf_counter()
    for _ in range(request["steps"]):
        step()
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
