"""The benchmark rows in PyTorch: reads one JSON command a line, answers one JSON line each."""

import json
import math
import os
import resource
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


def fill_small(net):
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            n = p.numel()
            p.copy_(torch.sin(torch.arange(n, dtype=torch.float64) + k).mul(0.05).float().view(p.shape))


def digits_epoch():
    pixels = torch.empty(60_000, 784, dtype=torch.uint8)
    # A thousand rows at a time: the indices of all would be the peak of memory that this row reports.
    for row in range(0, 60_000, 1000):
        i = torch.arange(row * 784, (row + 1000) * 784)
        pixels[row : row + 1000] = ((i * 31 + (i >> 7)) & 255).to(torch.uint8).view(1000, 784)
    labels = torch.arange(60_000) * 7 % 10
    net = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))
    fill_small(net)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001)
    generator = torch.Generator().manual_seed(0)
    dataset = torch.utils.data.TensorDataset(pixels, labels)
    loader = torch.utils.data.DataLoader(dataset, batch_size=64, shuffle=True, generator=generator)
    first = 0.0

    def step():
        nonlocal first
        for count, (x, y) in enumerate(loader):
            optimizer.zero_grad()
            scaled = x.float().div(255).sub(0.1307).div(0.3081)
            loss = F.cross_entropy(net(scaled), y)
            loss.backward()
            optimizer.step()
            if count == 0 and first == 0.0:
                first = loss.item()

    return step, lambda: [first]


def lenet_step():
    x = torch.tensor([math.sin(i * 0.37) for i in range(64 * 784)]).view(64, 1, 28, 28)
    y = torch.tensor([i * 7 % 10 for i in range(64)])
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )
    fill_small(net)
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


def sines(shape, seed):
    """The same numbers on both sides: sin(i * 0.37 + seed) in double precision, rounded once."""
    n = math.prod(shape)
    return torch.sin(torch.arange(n, dtype=torch.float64) * 0.37 + seed).float().view(shape)


def operator(make):
    """A row that runs one function on the same tensors; three of the result's elements are compared."""

    def start():
        run = make()
        last = None

        def step():
            nonlocal last
            last = run()

        def result():
            values = last.contiguous().view(-1)
            return [float(values[i]) for i in (0, values.numel() >> 1, values.numel() - 1)]

        return step, result

    return start


def product(m, n, k, turned):
    def make():
        a = sines((k, m), 0).t() if turned[0] == "t" else sines((m, k), 0)
        b = sines((n, k), 1).t() if turned[1] == "t" else sines((k, n), 1)
        return lambda: torch.matmul(a, b)

    return operator(make)


def batched():
    a, b = sines((64, 128, 64), 0), sines((64, 64, 128), 1)
    return lambda: torch.bmm(a, b)


FUNCTIONS = {
    "add": lambda x, y: x + y,
    "mul": lambda x, y: x * y,
    "exp": lambda x, y: x.exp(),
    "tanh": lambda x, y: x.tanh(),
    "sigmoid": lambda x, y: torch.sigmoid(x),
    "gelu": lambda x, y: F.gelu(x),
}


def elementwise(name, n):
    def make():
        x, y = sines((n,), 0), sines((n,), 1)
        run = FUNCTIONS[name]
        return lambda: run(x, y)

    return operator(make)


REDUCTIONS = {
    "sum": lambda x, dim: x.sum(dim),
    "amax": lambda x, dim: x.amax(dim),
    "argmax": lambda x, dim: x.argmax(dim),
    "softmax": lambda x, dim: x.softmax(dim),
}


def reduction(name, dim):
    def make():
        x = sines((1000, 1000), 0)
        run = REDUCTIONS[name]
        return lambda: run(x, dim)

    return operator(make)


def layer_norm():
    x = sines((1000, 1000), 0)
    return lambda: F.layer_norm(x, [1000])


def transpose_copy():
    x = sines((1000, 1000), 0)
    return lambda: x.t().contiguous()


def joined():
    x, y = sines((500_000,), 0), sines((500_000,), 1)
    return lambda: torch.cat([x, y])


def gathered():
    n = 1_000_000
    x = sines((n,), 0)
    index = torch.arange(n) * 7919 % n
    return lambda: x.index_select(0, index)


def sorted_values():
    x = sines((1_000_000,), 0)
    return lambda: x.sort().values


PRODUCTS = [(n, n, n, "nn") for n in (64, 256, 512, 1024, 2048, 1009)]
PRODUCTS += [(512, 512, 512, turned) for turned in ("nt", "tn", "tt")]
PRODUCTS += [(127, 513, 300, "nn"), (1, 4096, 4096, "nn")]

ROWS = {
    "LeNet-5 step, batch 64": lenet_step,
    "digits epoch of 60,000, batch 64, with loading and shuffling": digits_epoch,
    "save a state dict of 256 MiB as .pth": save_pth,
    "load a state dict of 256 MiB from .pth": load_pth,
    **{f"matmul {m}x{n}x{k} {t}": product(m, n, k, t) for m, n, k, t in PRODUCTS},
    **{f"{name} {n}": elementwise(name, n) for n in (1_000_000, 1000) for name in FUNCTIONS},
    **{f"{name} 1000x1000 dim {d}": reduction(name, d) for name in REDUCTIONS for d in (0, 1)},
    "bmm 64x(128x64x128)": operator(batched),
    "layer norm 1000x1000": operator(layer_norm),
    "transpose-copy 1000x1000": operator(transpose_copy),
    "cat 2x500000": operator(joined),
    "gather 1000000": operator(gathered),
    "sort 1000000": operator(sorted_values),
    "linear regression step, 3 points": linear_regression,
    "net 2-4-1 with tanh, 400 points, BCE-with-logits, SGD": small_net,
    "digits step 784-256-128-10, batch 64, momentum": digits_step,
}
if len(sys.argv) > 3 and sys.argv[2] == "--peak":
    step, _ = ROWS[sys.argv[3]]()
    step()
    # Linux's ru_maxrss begins with that of the process which started this one; VmHWM is this program's own.
    try:
        with open("/proc/self/status") as status:
            print(next(int(l.split()[1]) for l in status if l.startswith("VmHWM")) / 1024)
    except OSError:
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    sys.exit(0)

states = {}
print(json.dumps({"label": f"PyTorch {torch.__version__}"}), flush=True)

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
    if request["command"] == "end":
        states.pop(request["row"], None)
        print(json.dumps({}), flush=True)
        continue
    if request["row"] not in states:
        states[request["row"]] = make()
    step, _ = states[request["row"]]
    start = time.perf_counter()
    for _ in range(request["steps"]):
        step()
    print(json.dumps({"seconds": time.perf_counter() - start}), flush=True)
