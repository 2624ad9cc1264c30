"""Writes packages/io/test/fixtures/pth.json: files that torch.save wrote, and what is in them."""

import base64
import io
import json
import warnings
from collections import OrderedDict, defaultdict
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parents[2] / "packages/io/test/fixtures/pth.json"
warnings.filterwarnings("ignore")


def pack(x):
    """A value as JSON: tensors with their bytes, what JSON has not as a pair of tag and text."""
    if isinstance(x, torch.Tensor):
        y = x.detach().contiguous()
        wide = {torch.int8: torch.int32, torch.int16: torch.int32, torch.uint16: torch.int32, torch.uint32: torch.int64}
        y = y.to(wide.get(y.dtype, y.dtype))
        view = y.view(torch.int16) if y.dtype in (torch.bfloat16, torch.float16) else y
        return {
            "tensor": base64.b64encode(view.numpy().tobytes()).decode(),
            "dtype": str(y.dtype).split(".")[1],
            "shape": list(x.shape),
            "strides": list(x.stride()),
            "requiresGrad": x.requires_grad,
        }
    if isinstance(x, dict):
        return {"dict": [[str(k), pack(v)] for k, v in x.items()]}
    if isinstance(x, (list, tuple)):
        return {"list": [pack(v) for v in x]}
    if isinstance(x, (set, frozenset)):
        return {"set": [pack(v) for v in sorted(x)]}
    if isinstance(x, (bytes, bytearray)):
        return {"bytes": base64.b64encode(bytes(x)).decode()}
    if isinstance(x, torch.dtype):
        return str(x).split(".")[1]
    if isinstance(x, torch.device):
        return str(x)
    if isinstance(x, bool) or x is None or isinstance(x, str):
        return x
    if isinstance(x, int):
        return {"int": str(x)}
    if isinstance(x, float):
        return {"float": repr(x)}
    raise TypeError(type(x))


def state_dict():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2)).state_dict()


def optimizer(make):
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    made = make(net.parameters())
    for _ in range(2):
        net(torch.ones(1, 3)).sum().backward()
        made.step()
    return made.state_dict()


def shared():
    x = torch.arange(12.0).view(3, 4)
    return {"x": x, "t": x.t(), "row": x[1], "column": x[:, 2], "again": x, "empty": x[:0], "wide": x[0].expand(2, 4)}


def values():
    return {
        "int": 7, "negative": -129, "large": 2**40, "huge": 2**70, "below": -(2**63), "zero": 0,
        "float": 0.1, "inf": float("inf"), "minus": -0.0, "nan": float("nan"),
        "text": "naïve \x00 😀", "none": None, "yes": True, "no": False,
        "tuple": (1, (2, 3), ()), "four": (1, 2, 3, 4), "list": [[], [1, [2]]], "set": {3, 1}, "frozen": frozenset([2]),
        "bytes": b"\x00\xff\x07", "array": bytearray(b"ab"), "size": torch.Size([2, 3]),
        "dtype": torch.float16, "device": torch.device("cuda:1"), "cpu": torch.device("cpu"),
        "ordered": OrderedDict(a=1, b=OrderedDict()), "default": defaultdict(dict, {5: {}}), "numbers": {0: "a", 1: "b"},
        "long": "x" * 300, "many": list(range(300)),
    }


def dtypes():
    names = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool", "uint16", "uint32"]
    return {n: torch.tensor([[1, 0, 1], [0, 1, 1]]).to(getattr(torch, n)) for n in names}


def odd():
    return {
        "scalar": torch.tensor(2.5), "none": torch.zeros(0, 3), "leaf": torch.ones(2, requires_grad=True),
        "parameter": nn.Parameter(torch.ones(2)), "frozen": nn.Parameter(torch.ones(2), requires_grad=False),
        "transposed": torch.arange(6).view(2, 3).t(), "strided": torch.arange(10.0)[1::3],
    }


VALUES = {
    "state dict": state_dict,
    "sgd": lambda: optimizer(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    "adam": lambda: optimizer(lambda p: torch.optim.Adam(p, amsgrad=True)),
    "shared storages": shared,
    "values": values,
    "dtypes": dtypes,
    "odd tensors": odd,
    "bare tensor": lambda: torch.arange(3),
    "nested": lambda: {"model": state_dict(), "optimizer": optimizer(lambda p: torch.optim.SGD(p, lr=0.1)), "epoch": 3, "history": [0.5, 0.25]},
}


class Net(nn.Module):
    """A class of the user's, with a list and plain attributes."""

    def __init__(self, width=4):
        super().__init__()
        self.width = width
        self.layers = nn.ModuleList([nn.Linear(3, width), nn.Tanh(), nn.Linear(width, 2)])
        self.scale = nn.Parameter(torch.tensor([2.0, 3.0]))
        self.register_buffer("seen", torch.zeros(2))
        self.register_buffer("passing", torch.zeros(1), persistent=False)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x * self.scale


Net.__module__ = "__main__"


def models():
    yield "mlp", nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Dropout(0.2), nn.Linear(4, 2, bias=False)), (2, 3)
    yield "named", nn.Sequential(OrderedDict(first=nn.Linear(3, 4), second=nn.Sequential(nn.ReLU(), nn.Linear(4, 1)))), (2, 3)
    yield "convolutions", nn.Sequential(
        nn.Conv2d(1, 4, 3, padding="same", padding_mode="reflect"), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(4, 4, (3, 2), stride=(2, 1), padding=(1, 0), groups=2, bias=False), nn.GroupNorm(2, 4),
        nn.AvgPool2d(2, stride=1), nn.Upsample(scale_factor=2), nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1),
        nn.AdaptiveAvgPool2d((2, None)), nn.Flatten(), nn.LazyLinear(3) if False else nn.Identity(),
    ), (2, 1, 12, 12)
    yield "sequence", nn.Sequential(nn.Conv1d(2, 4, 3, padding=1), nn.MaxPool1d(2), nn.AvgPool1d(2), nn.AdaptiveAvgPool1d(2),
                                    nn.ConvTranspose1d(4, 2, 2), nn.Flatten(0, 1), nn.LayerNorm(3), nn.BatchNorm1d(3)), (2, 2, 8)
    yield "activations", nn.Sequential(
        nn.ReLU(), nn.ReLU6(), nn.LeakyReLU(0.2), nn.ELU(0.5), nn.SELU(), nn.GELU("tanh"), nn.Sigmoid(), nn.LogSigmoid(),
        nn.Tanh(), nn.SiLU(), nn.Mish(), nn.Softsign(), nn.Softplus(2.0, 10.0), nn.Hardtanh(), nn.Hardswish(), nn.PReLU(),
        nn.Softmax(1), nn.LogSoftmax(-1), nn.Softmin(1), nn.Unflatten(1, (2, 2)),
    ), (2, 4)
    yield "in place", nn.Sequential(
        nn.Linear(4, 4), nn.Hardtanh(-0.5, 2.5, inplace=True), nn.ReLU6(True), nn.LeakyReLU(0.2, True), nn.ELU(0.5, True), nn.SELU(True),
        nn.SiLU(True), nn.Mish(True), nn.Hardswish(True), nn.Dropout(0.5, True), nn.ReLU(True), nn.Hardtanh(0.01, 0.1),
    ), (2, 4)
    yield "upsample", nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Upsample((5, 3), mode="bilinear"), nn.Upsample(7),
    ), (1, 2, 2, 3)
    yield "norms", nn.Sequential(
        nn.InstanceNorm2d(8, affine=True, track_running_stats=True), nn.PixelShuffle(2), nn.InstanceNorm2d(2),
        nn.RMSNorm((4, 6)), nn.PixelUnshuffle(2), nn.InstanceNorm2d(8, affine=True, bias=False), nn.RMSNorm(3, eps=1e-3, elementwise_affine=False),
    ), (2, 8, 2, 3)
    yield "rnn cell", nn.RNNCell(3, 4, bias=False, nonlinearity="relu"), (2, 3)
    yield "lstm cell", nn.LSTMCell(3, 4), (2, 3)
    yield "gru cell", nn.GRUCell(3, 4), (2, 3)
    yield "rnn", nn.RNN(3, 4, 2, nonlinearity="relu", bias=False, batch_first=True), (2, 5, 3)
    yield "lstm", nn.LSTM(3, 4, 2, bidirectional=True, proj_size=2, dropout=0.1), (5, 2, 3)
    yield "gru", nn.GRU(3, 4), (5, 2, 3)
    yield "attention", nn.MultiheadAttention(8, 2, add_bias_kv=True, dropout=0.1), (4, 2, 8)
    yield "encoder", nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", norm_first=True), 2, nn.LayerNorm(8)), (4, 2, 8)
    yield "embedding", nn.Sequential(nn.Embedding(6, 3, padding_idx=0), nn.Linear(3, 2)), None
    yield "user", Net(5), (2, 3)


def run(m, x):
    y = m(x, x, x) if isinstance(m, nn.MultiheadAttention) else m(x)
    return y[0] if isinstance(y, tuple) else y


def saved(x, **options):
    out = io.BytesIO()
    torch.save(x, out, **options)
    return base64.b64encode(out.getvalue()).decode()


def main():
    files = []
    for name, make in VALUES.items():
        x = make()
        for form, options in {
            "zip": {}, "old": {"_use_new_zipfile_serialization": False},
            "zip, protocol 4": {"pickle_protocol": 4}, "zip, protocol 5": {"pickle_protocol": 5},
        }.items():
            if form != "zip" and name in ("nested", "adam"):
                continue
            if form.startswith("zip, ") and name not in ("values", "shared storages"):
                continue
            # The old format has no unsigned integers of more than a byte.
            part = {k: v for k, v in x.items() if "uint1" not in k and "uint3" not in k} if form == "old" and name == "dtypes" else x
            files.append({"name": f"{name}, {form}", "file": saved(part, **options), "value": pack(part)})
    wholes = []
    for name, m in ((n, (m, s)) for n, m, s in models()):
        m, shape = m
        torch.manual_seed(1)
        x = torch.tensor([[1, 5], [0, 2]]) if shape is None else torch.randn(shape)
        run(m, x)  # moves the running statistics
        m.eval()
        if name == "mlp":
            m[2].train()
            m[0].weight.requires_grad_(False)
        with torch.no_grad():
            y = run(m.eval() if name != "mlp" else m, x) if name != "mlp" else None
        forms = {"zip": {}, "old": {"_use_new_zipfile_serialization": False}} if name in ("mlp", "convolutions") else {"zip": {}}
        for form, options in forms.items():
            wholes.append({
                "name": f"{name}, {form}", "file": saved(m, **options), "repr": repr(m), "x": pack(x),
                "y": None if y is None else pack(y), "state": pack(m.state_dict()),
            })
    OUT.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"files": files, "models": wholes}, separators=(",", ":"))
    OUT.write_text(text.replace('},{"name"', '},\n{"name"') + "\n")


if __name__ == "__main__":
    main()
