"""Writes packages/nn/test/fixtures/layers.json: layers with values, outputs and gradients.

Each case is built after torch.manual_seed(7), run in training mode on inputs drawn after
torch.manual_seed(1), differentiated against a random cotangent, and run once more in eval mode.
"""

import base64
import json
from pathlib import Path

import torch
from torch import nn

OUT = Path(__file__).parents[2] / "packages/nn/test/fixtures/layers.json"


def pack(x):
    if x is None:
        return None
    x = x.detach().contiguous()
    dtype = str(x.dtype).split(".")[1]
    data = base64.b64encode(x.numpy().tobytes()).decode()
    return {"shape": list(x.shape), "dtype": dtype, "data": data}


def flat(y):
    """All tensors of an output, in order; None stays."""
    if y is None or isinstance(y, torch.Tensor):
        return [y]
    return [t for part in y for t in flat(part)]


CASES = []


def case(name, build, *shapes, dtype=torch.float32, **call):
    CASES.append((name, build, shapes, dtype, call))


case("conv1d", lambda: nn.Conv1d(2, 4, 3, padding=1), (2, 2, 7))
case("conv1d unbatched", lambda: nn.Conv1d(2, 4, 3, stride=2), (2, 7))
case("conv2d", lambda: nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=1, dilation=(1, 2), groups=2), (2, 2, 6, 5))
case("conv2d same", lambda: nn.Conv2d(2, 3, 4, padding="same", bias=False), (1, 2, 5, 6))
case("conv2d reflect", lambda: nn.Conv2d(2, 3, 3, padding=(1, 2), padding_mode="reflect"), (1, 2, 5, 6))
case("conv2d circular same", lambda: nn.Conv2d(2, 3, 4, padding="same", padding_mode="circular"), (1, 2, 5, 6))
case("conv1d replicate", lambda: nn.Conv1d(2, 3, 3, padding=2, padding_mode="replicate"), (2, 2, 5))
case("conv2d double", lambda: nn.Conv2d(1, 2, 3, dtype=torch.float64), (2, 1, 5, 5), dtype=torch.float64)
case("convTranspose1d", lambda: nn.ConvTranspose1d(3, 2, 3, stride=2, padding=1, output_padding=1), (2, 3, 5))
case("convTranspose2d", lambda: nn.ConvTranspose2d(4, 2, (3, 2), stride=2, padding=(1, 0), groups=2, dilation=(1, 2)), (1, 4, 3, 4))
case("convTranspose2d sized", lambda: nn.ConvTranspose2d(2, 2, 3, stride=2), (1, 2, 3, 4), output_size=[8, 10])
case("maxPool1d", lambda: nn.MaxPool1d(3, stride=2, padding=1), (2, 2, 7))
case("maxPool2d", lambda: nn.MaxPool2d(2, 2), (2, 2, 5, 6))
case("maxPool2d ceil", lambda: nn.MaxPool2d((3, 2), ceil_mode=True, dilation=(1, 2), padding=(1, 0)), (2, 2, 6, 7))
case("avgPool1d", lambda: nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False), (2, 2, 7))
case("avgPool2d", lambda: nn.AvgPool2d((2, 3), 2, 1, ceil_mode=True), (2, 2, 5, 6))
case("avgPool2d divisor", lambda: nn.AvgPool2d(2, divisor_override=3), (1, 2, 4, 4))
case("adaptiveAvgPool1d", lambda: nn.AdaptiveAvgPool1d(3), (2, 2, 7))
case("adaptiveAvgPool2d", lambda: nn.AdaptiveAvgPool2d((2, None)), (2, 2, 5, 6))
case("adaptiveAvgPool2d one", lambda: nn.AdaptiveAvgPool2d(1), (2, 2, 5, 6))
case("batchNorm1d", lambda: nn.BatchNorm1d(3), (4, 3))
case("batchNorm1d long", lambda: nn.BatchNorm1d(3, eps=1e-3, momentum=0.3), (4, 3, 5))
case("batchNorm1d average", lambda: nn.BatchNorm1d(3, momentum=None, affine=False), (4, 3))
case("batchNorm1d untracked", lambda: nn.BatchNorm1d(3, track_running_stats=False), (4, 3))
case("batchNorm2d", lambda: nn.BatchNorm2d(2), (3, 2, 4, 4))
case("batchNorm2d no bias", lambda: nn.BatchNorm2d(2, bias=False), (3, 2, 4, 4))
case("batchNorm2d double", lambda: nn.BatchNorm2d(2, dtype=torch.float64), (3, 2, 4, 4), dtype=torch.float64)
case("layerNorm", lambda: nn.LayerNorm(5), (2, 3, 5))
case("layerNorm two", lambda: nn.LayerNorm([3, 5], eps=1e-3, bias=False), (2, 3, 5))
case("layerNorm plain", lambda: nn.LayerNorm((5,), elementwise_affine=False), (2, 3, 5))
case("groupNorm", lambda: nn.GroupNorm(2, 4), (2, 4, 3))
case("groupNorm plain", lambda: nn.GroupNorm(4, 4, affine=False), (2, 4, 3, 2))
case("rmsNorm", lambda: nn.RMSNorm(5), (2, 3, 5))
case("rmsNorm two", lambda: nn.RMSNorm([3, 5], eps=1e-3), (2, 3, 5))
case("rmsNorm plain", lambda: nn.RMSNorm((5,), elementwise_affine=False), (2, 3, 5))
case("rmsNorm double", lambda: nn.RMSNorm(5, dtype=torch.float64), (2, 5), dtype=torch.float64)
case("instanceNorm1d", lambda: nn.InstanceNorm1d(3), (2, 3, 5))
case("instanceNorm1d unbatched", lambda: nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (3, 5))
case("instanceNorm2d", lambda: nn.InstanceNorm2d(2, affine=True), (3, 2, 4, 4))
case("instanceNorm2d tracked", lambda: nn.InstanceNorm2d(2, eps=1e-3, momentum=0.3, track_running_stats=True), (3, 2, 4, 4))
case("instanceNorm2d average", lambda: nn.InstanceNorm2d(2, momentum=None, affine=True, track_running_stats=True, bias=False), (3, 2, 4, 4))
case("instanceNorm3d", lambda: nn.InstanceNorm3d(2, affine=True, track_running_stats=True), (2, 2, 2, 3, 2))
case("instanceNorm3d double", lambda: nn.InstanceNorm3d(2, dtype=torch.float64), (2, 2, 3, 2, 2), dtype=torch.float64)
case("pixelShuffle", lambda: nn.PixelShuffle(2), (2, 8, 2, 3))
case("pixelUnshuffle", lambda: nn.PixelUnshuffle(3), (2, 2, 3, 6))
case("prelu", lambda: nn.PReLU(), (2, 3))
case("prelu channels", lambda: nn.PReLU(3, init=0.1), (2, 3, 4))
case("selu", lambda: nn.SELU(), (2, 3))
case("hardtanh", lambda: nn.Hardtanh(), (2, 3))
case("hardswish", lambda: nn.Hardswish(), (2, 3))
case("softmin", lambda: nn.Softmin(1), (2, 3))
case("softmin last double", lambda: nn.Softmin(dim=-1), (2, 2, 3), dtype=torch.float64)
case("unflatten", lambda: nn.Unflatten(1, (2, -1)), (2, 6))
case("upsample", lambda: nn.Upsample(scale_factor=2), (1, 2, 3, 4))
case("upsample bilinear", lambda: nn.Upsample(size=(5, 7), mode="bilinear", align_corners=True), (1, 2, 3, 4))
case("embedding", lambda: nn.Embedding(6, 3), ("int", [[1, 5, 0], [2, 2, 3]]))
case("embedding padding", lambda: nn.Embedding(6, 3, padding_idx=-1), ("int", [1, 5, 0]))
case("embedding limited", lambda: nn.Embedding(6, 3, max_norm=1.5, norm_type=1.0, scale_grad_by_freq=True), ("int", [[1, 5, 1], [2, 2, 3]]))
case("upsample recomputed", lambda: nn.Upsample(scale_factor=(1.5, 1.9), mode="bicubic", recompute_scale_factor=True), (1, 2, 3, 4))
case("rnn", lambda: nn.RNN(3, 4), (5, 2, 3))
case("rnn relu", lambda: nn.RNN(3, 4, 2, nonlinearity="relu", bias=False, batch_first=True), (2, 5, 3))
case("rnn both ways", lambda: nn.RNN(3, 4, num_layers=2, bidirectional=True), (5, 2, 3), (4, 2, 4))
case("rnn unbatched", lambda: nn.RNN(3, 4), (5, 3), (1, 4))
case("lstm", lambda: nn.LSTM(3, 4), (5, 2, 3))
case("lstm state", lambda: nn.LSTM(3, 4, 2, bidirectional=True, batch_first=True), (2, 5, 3), ((4, 2, 4), (4, 2, 4)))
case("lstm projected", lambda: nn.LSTM(3, 4, 2, proj_size=2), (5, 2, 3))
case("lstm dropout", lambda: nn.LSTM(3, 4, 3, dropout=0.4, batch_first=True), (2, 5, 3))
case("gru", lambda: nn.GRU(3, 4), (5, 2, 3))
case("gru both ways", lambda: nn.GRU(3, 4, 2, bidirectional=True, bias=False), (5, 2, 3), (4, 2, 4))
case("gru double", lambda: nn.GRU(3, 4, dtype=torch.float64), (5, 2, 3), dtype=torch.float64)
case("rnn cell", lambda: nn.RNNCell(3, 4), (2, 3))
case("rnn cell relu", lambda: nn.RNNCell(3, 4, bias=False, nonlinearity="relu"), (2, 3), (2, 4))
case("rnn cell unbatched", lambda: nn.RNNCell(3, 4), (3,), (4,))
case("lstm cell", lambda: nn.LSTMCell(3, 4), (2, 3))
case("lstm cell state", lambda: nn.LSTMCell(3, 4, bias=False), (2, 3), ((2, 4), (2, 4)))
case("lstm cell unbatched", lambda: nn.LSTMCell(3, 4), (3,), ((4,), (4,)))
case("gru cell", lambda: nn.GRUCell(3, 4), (2, 3))
case("gru cell state", lambda: nn.GRUCell(3, 4, bias=False), (2, 3), (2, 4))
case("gru cell double", lambda: nn.GRUCell(3, 4, dtype=torch.float64), (3,), dtype=torch.float64)
case("gru cell of nothing", lambda: nn.GRUCell(3, 0), (2, 3))
case("attention", lambda: nn.MultiheadAttention(8, 2), (4, 2, 8), (5, 2, 8), (5, 2, 8))
case("attention by head", lambda: nn.MultiheadAttention(8, 2, batch_first=True), (2, 4, 8), (2, 5, 8), (2, 5, 8), average_attn_weights=False)
case("attention dropout", lambda: nn.MultiheadAttention(8, 2, dropout=0.3), (4, 2, 8), (5, 2, 8), (5, 2, 8))
case("attention plain", lambda: nn.MultiheadAttention(8, 2, bias=False), (4, 2, 8), (5, 2, 8), (5, 2, 8), need_weights=False)
case("attention extras", lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True, add_zero_attn=True), (4, 2, 8), (5, 2, 8), (5, 2, 8), key_padding_mask="padding")
case("attention other sizes", lambda: nn.MultiheadAttention(8, 4, kdim=3, vdim=6), (4, 2, 8), (5, 2, 3), (5, 2, 6))
case("attention unbatched", lambda: nn.MultiheadAttention(8, 2), (4, 8), (5, 8), (5, 8))
case("attention masked", lambda: nn.MultiheadAttention(8, 2), (4, 2, 8), (4, 2, 8), (4, 2, 8), attn_mask="causal", key_padding_mask="padding")
case("attention masked plain", lambda: nn.MultiheadAttention(8, 2), (4, 2, 8), (4, 2, 8), (4, 2, 8), attn_mask="causal", key_padding_mask="padding", need_weights=False)
case("attention boolean mask", lambda: nn.MultiheadAttention(8, 2), (4, 2, 8), (5, 2, 8), (5, 2, 8), attn_mask="boolean")
case("encoder layer", lambda: nn.TransformerEncoderLayer(8, 2, 16), (4, 2, 8))
case("encoder layer first", lambda: nn.TransformerEncoderLayer(8, 2, 16, dropout=0, activation="gelu", norm_first=True, batch_first=True, bias=False), (2, 4, 8))
case("encoder layer masked", lambda: nn.TransformerEncoderLayer(8, 2, 16), (4, 2, 8), src_mask="causal", src_key_padding_mask="padding")
case("encoder", lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2, norm=nn.LayerNorm(8)), (4, 2, 8))
case("encoder masked", lambda: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, dropout=0), 2), (4, 2, 8), mask="causal")


def draw(shape, dtype):
    if shape[0] == "int":
        return torch.tensor(shape[1])
    if isinstance(shape[0], tuple):
        return tuple(draw(s, dtype) for s in shape)
    return torch.randn(shape, dtype=dtype).requires_grad_()


def mask(kind, inputs, dtype):
    """The masks that the cases name; their TypeScript twins are in layers-cases.ts."""
    if kind == "causal":
        return nn.Transformer.generate_square_subsequent_mask(inputs[0].shape[0], dtype=dtype)
    if kind == "boolean":
        return torch.tensor([[(i + 2 * j) % 3 == 1 for j in range(5)] for i in range(4)])
    source = inputs[-1].shape[0]
    return torch.tensor([[False] * source, [False] * (source - 1) + [True]])


def main():
    out = []
    for name, build, shapes, dtype, call in CASES:
        torch.manual_seed(7)
        m = build()
        state = {k: pack(v) for k, v in m.state_dict().items()}
        torch.manual_seed(1)
        inputs = [draw(s, dtype) for s in shapes]
        kwargs = {k: mask(v, inputs, dtype) if isinstance(v, str) else v for k, v in call.items()}
        torch.manual_seed(3)
        y = flat(m(*inputs, **kwargs))
        torch.manual_seed(5)
        total = 0
        for t in y:
            if t is not None:
                total = total + (t * torch.randn(t.shape, dtype=t.dtype)).sum()
        leaves = [t for t in flat(inputs) if t.requires_grad] + list(m.parameters())
        grads = torch.autograd.grad(total, leaves, allow_unused=True) if leaves else []
        after = {k: pack(v) for k, v in m.named_buffers()}
        m.eval()
        with torch.no_grad():
            used = flat(m(*[i.detach() if isinstance(i, torch.Tensor) else tuple(t.detach() for t in i) for i in inputs], **kwargs))
        out.append({
            "name": name,
            "repr": repr(m),
            "state": state,
            "inputs": [pack(t) for t in flat(inputs)],
            "outputs": [pack(t) for t in y],
            "grads": [pack(g) for g in grads],
            "buffers": after,
            "eval": [pack(t) for t in used],
        })
    inits = {}
    for name, f, shape in [
        ("orthogonal", lambda w: nn.init.orthogonal_(w, gain=2), (3, 5)),
        ("orthogonal tall", nn.init.orthogonal_, (6, 2, 2)),
        ("dirac", lambda w: nn.init.dirac_(w, 2), (4, 2, 3, 3)),
        ("sparse", lambda w: nn.init.sparse_(w, 0.4, 0.5), (5, 3)),
        ("sparse rounded up", lambda w: nn.init.sparse_(w, 0.4), (7, 2)),
        ("truncNormal", nn.init.trunc_normal_, (4, 6)),
        ("truncNormal narrow", lambda w: nn.init.trunc_normal_(w, 1, 0.5, 0.8, 3), (4, 6)),
        ("truncNormal of a tail", lambda w: nn.init.trunc_normal_(w, 0.5, 1, 2, 4), (4, 6)),
        ("truncNormal below the mean", lambda w: nn.init.trunc_normal_(w, 3, 0.5, 0, 2), (5, 4)),
        ("truncNormal around a narrow peak", lambda w: nn.init.trunc_normal_(w, 0.1, 2, -0.5, 0.5), (7,)),
    ]:
        torch.manual_seed(9)
        inits[name] = pack(f(torch.empty(shape)))
    OUT.write_text(json.dumps({"cases": out, "inits": inits}, separators=(",", ":")).replace('},{"name"', '},\n{"name"') + "\n")


if __name__ == "__main__":
    main()
