"""The rows of gpu-check in PyTorch on the same device: one JSON command a line, one JSON answer a line."""

import json
import math
import sys
import time

try:
    import torch
    from torch import nn
    from torch.nn import functional as F
except ImportError:
    print(json.dumps({"absent": "this Python has no torch"}))
    sys.exit(0)
if not torch.cuda.is_available():
    print(json.dumps({"absent": "this PyTorch has no CUDA"}))
    sys.exit(0)

torch.backends.cuda.matmul.allow_tf32 = False
torch.backends.cudnn.allow_tf32 = False
D = "cuda"


def sines(shape, seed):
    n = math.prod(shape)
    x = torch.sin(torch.arange(n, dtype=torch.float64) * 0.37 + seed).float()
    return x.view(shape).to(D)


def plain(inputs, run):
    last = run(*inputs)

    def step():
        nonlocal last
        last = run(*inputs)

    return step, lambda: last


def training(shape, net):
    x = sines(shape, 0)
    y = (torch.arange(shape[0]) * 7 % 10).to(D)
    with torch.no_grad():
        for k, p in enumerate(net.parameters()):
            i = torch.arange(p.numel(), dtype=torch.float64)
            p.copy_((torch.sin(i + k) * 0.05).float().view(p.shape))
    net.to(D)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
    last = None

    def step():
        nonlocal last
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        last = loss.detach()

    return step, lambda: last


def digits():
    return nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU(), nn.Linear(128, 10))


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10),
    )


def make(row, quick):
    n = 64 if quick else 4096
    m = 48 if quick else 1024
    many = 4096 if quick else 2**25
    batch = 4 if quick else 64
    wide = [8, 32] if quick else [8192, 1024]
    table = {
        "matmul, large": lambda: plain([sines([n, n], 0), sines([n, n], 1)], torch.matmul),
        "matmul, middle": lambda: plain([sines([m, m], 0), sines([m, m], 1)], torch.matmul),
        "add": lambda: plain([sines([many], 0), sines([many], 1)], torch.add),
        "gelu": lambda: plain([sines([many], 0)], F.gelu),
        "sum": lambda: plain([sines([many], 0)], torch.sum),
        "sum of columns": lambda: plain([sines(wide, 0)], lambda a: a.sum(0)),
        "softmax of rows": lambda: plain([sines(wide, 0)], lambda a: a.softmax(1)),
        "layerNorm of rows": lambda: plain([sines(wide, 0)], lambda a: F.layer_norm(a, [wide[1]])),
        "transposed copy": lambda: plain([sines(wide, 0)], lambda a: a.t().contiguous()),
        "digits step": lambda: training([batch, 784], digits()),
        "LeNet step": lambda: training([batch, 1, 28, 28], lenet()),
    }
    return table[row]() if row in table else None


def measure(row, quick):
    made = make(row, quick)
    if made is None:
        return {}
    step, result = made
    for _ in range(3):
        step()
    flat = result().flatten()
    numbers = [float(flat[i]) for i in (0, flat.numel() // 2, flat.numel() - 1)]

    def batch(steps):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        torch.cuda.synchronize()
        return (time.perf_counter() - start) * 1e6 / steps

    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    once = batch(1 if quick else 5)
    steps = 1 if quick else max(1, min(2000, round(50_000 / once)))
    times = sorted(batch(steps) for _ in range(1 if quick else 9))
    peak = torch.cuda.max_memory_allocated()
    return {"micros": times[len(times) // 2], "peak": peak, "result": numbers}


name = torch.cuda.get_device_name(0)
print(json.dumps({"label": f"PyTorch {torch.__version__} on {name}"}))
for line in sys.stdin:
    order = json.loads(line)
    with torch.enable_grad():
        answer = measure(order["row"], order["quick"])
    torch.cuda.empty_cache()
    print(json.dumps(answer))
