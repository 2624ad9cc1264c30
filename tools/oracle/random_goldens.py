"""Writes packages/core/test/fixtures/random.json: what PyTorch's CPU generator draws.

Arrays are stored as base64 of their little-endian bytes. Of a long array only its last values and
a few even steps apart are stored, with the SHA-256 of all its bytes.
"""

import base64
import hashlib
import json
from pathlib import Path

import torch
from torch.utils.data import DataLoader, RandomSampler

OUT = Path(__file__).parents[2] / "packages/core/test/fixtures/random.json"
SIZES = [1, 2, 15, 16, 17, 31, 32, 100, 1000, 10007]
TYPES = {
    torch.float32: "float32",
    torch.float64: "float64",
    torch.int32: "int32",
    torch.int64: "int64",
    torch.uint8: "uint8",
}
FULL = 40
# So few floats lie between these that one draw in nine rounds up to the upper bound.
NARROW = {torch.float32: (1, 1 + 2**-20), torch.float64: (1, 1 + 2**-50)}


def raw(x):
    return x.detach().contiguous().numpy().tobytes()


def b64(data):
    return base64.b64encode(data).decode()


def pack(x, samples=16):
    """A tensor as JSON: all of it when it is short, else samples and a digest."""
    x = x.reshape(-1)
    out = {"dtype": TYPES[x.dtype], "size": x.numel()}
    if x.numel() <= FULL:
        out["all"] = b64(raw(x))
    else:
        out["sha256"] = hashlib.sha256(raw(x)).hexdigest()
        out["step"] = x.numel() // samples
        out["every"] = b64(raw(x[:: out["step"]]))
        out["tail"] = b64(raw(x[-samples:]))
    return out


def gen(seed):
    return torch.Generator().manual_seed(seed)


def after(g):
    """The next word, modulo a number just below PyTorch's 64-bit draws: where the stream stands."""
    return int(torch.randint(0, 2**28 - 1, (1,), generator=g.clone_state()).item())


def case(seed, call, samples=16, **arguments):
    """Three calls in a row on one stream, and where it stands then."""
    g = gen(seed)
    draws = [pack(call(g), samples) for _ in range(3)]
    return {"seed": seed, **arguments, "draws": draws, "after": after(g)}


def seeds():
    out = []
    for seed in [0, 1, 42, 2**31, 2**32 - 1, 2**32, 2**53 + 1, 2**63 - 1, 2**64 - 1, -1, -2, -(2**63)]:
        g = gen(seed)
        words = [after(g)]
        out.append({
            "seed": str(seed),
            "initialSeed": str(g.initial_seed()),
            "word": words[0],
            "words": pack(torch.randint(0, 2**28 - 1, (1300,), generator=g, dtype=torch.int64)),
        })
    return out


def uniform():
    out = []
    for dtype in (torch.float32, torch.float64):
        for size in SIZES:
            for low, high in [(0, 1), (-1, 1), (-0.05, 0.05), (0, 0.3), (3, 3), (1000, 1000.25), (-7e3, 0.1), NARROW[dtype]]:
                if size not in (17, 10007) and (low, high) != (0, 1):
                    continue
                out.append(case(
                    size + 5,
                    lambda g: torch.empty(size, dtype=dtype).uniform_(low, high, generator=g),
                    low=low, high=high,
                ))
    return out


def normal():
    out = []
    for dtype in (torch.float32, torch.float64):
        for size in SIZES:
            for mean, std in [(0, 1), (0.5, 0.02), (-3, 2.5), (100, 0.1)]:
                if size not in (1, 15, 17, 10007) and (mean, std) != (0, 1):
                    continue
                out.append(case(
                    size + 11,
                    lambda g: torch.empty(size, dtype=dtype).normal_(mean, std, generator=g),
                    samples=64, mean=mean, std=std,
                ))
    # A tensor that is not contiguous is drawn one by one, whatever its size.
    out.append(case(
        3,
        lambda g: torch.empty(75, 2)[:, 0].normal_(1, 2, generator=g),
        mean=1, std=2, serial=True,
    ))
    return out


def randint():
    out = []
    ranges = {
        torch.int32: [(0, 1), (0, 10), (-5, 1000), (7, 2**28 + 6), (7, 2**28 + 7), (-(2**31), 2**31 - 1)],
        torch.int64: [(0, 10), (0, 2**28), (-3, 2**32 - 3), (-3, 2**32 - 2), (0, 2**62), (-(2**63), 2**63 - 1)],
        torch.uint8: [(0, 2), (0, 256), (100, 200)],
        torch.float32: [(0, 10), (-100, 2**24), (0, 2**28), (0, 2**28 + 33), (5, 2**30 + 3), (2**25 + 1, 2**60 - 1), (0, 2**40)],
        torch.float64: [(0, 10), (-100, 2**24), (0, 2**53), (2**54 + 1, 2**60 - 1)],
    }
    for dtype, pairs in ranges.items():
        for low, high in pairs:
            for size in (17, 1000):
                out.append(case(
                    size + 19,
                    lambda g: torch.randint(low, high, (size,), generator=g, dtype=dtype),
                    low=str(low), high=str(high),
                ))
    return out


def bernoulli():
    scalar, tensor = [], []
    for dtype in (torch.float32, torch.float64, torch.int32, torch.uint8):
        for p in (0, 0.3, 0.5, 1):
            scalar.append(case(
                29, lambda g: torch.empty(1009, dtype=dtype).bernoulli_(p, generator=g), p=p))
    for dtype in (torch.float32, torch.float64):
        p = torch.rand(1009, dtype=dtype, generator=gen(31))
        tensor.append({**case(37, lambda g: torch.bernoulli(p, generator=g)), "p": 31})
    return {"scalar": scalar, "tensor": tensor}


def dropout():
    out = []
    for dtype in (torch.float32, torch.float64):
        for p in (0, 0.1, 0.5, 0.9, 1):
            torch.manual_seed(41)
            ones = torch.ones(1009, dtype=dtype)
            draws = [pack(torch.nn.functional.dropout(ones, p)) for _ in range(3)]
            out.append({"seed": 41, "p": p, "draws": draws, "after": after(torch.default_generator)})
    return out


def exponential():
    return [
        case(43, lambda g: torch.empty(1000, dtype=dtype).exponential_(rate, generator=g),
             samples=64, rate=rate)
        for dtype in (torch.float32, torch.float64) for rate in (1, 0.2, 3)
    ]


def multinomial():
    out = []
    for dtype in (torch.float32, torch.float64):
        for rows, categories, samples, replacement in [
            (1, 4, 2, False), (1, 4, 4, False), (3, 10, 1, False), (3, 10, 1, True),
            (5, 100, 30, False), (2, 7, 200, True), (4, 1000, 50, True), (1, 1000, 1000, False),
        ]:
            weights = torch.rand(rows, categories, dtype=dtype, generator=gen(47))
            out.append(case(
                53, lambda g: torch.multinomial(weights, samples, replacement, generator=g),
                type=TYPES[dtype], weights=47, rows=rows, categories=categories, numSamples=samples,
                replacement=replacement,
            ))
    # Weights of zero are never drawn while others are left.
    weights = torch.tensor([0, 10, 3, 0, 0.5, 0, 2])
    for samples, replacement in [(4, False), (50, True)]:
        out.append(case(
            59, lambda g: torch.multinomial(weights, samples, replacement, generator=g),
            type="float32", weights=weights.tolist(), rows=1, categories=7, numSamples=samples,
            replacement=replacement,
        ))
    return out


def order():
    """Epochs of a DataLoader, and the default stream after each."""
    out = []
    for n, batch in [(1, 1), (10, 3), (100, 7), (1000, 32)]:
        for own in (False, True):
            for shuffle in (False, True):
                torch.manual_seed(61)
                g = gen(67) if own else None
                loader = DataLoader(range(n), batch_size=batch, shuffle=shuffle, generator=g)
                epochs = []
                for _ in range(3):
                    index = torch.cat([torch.as_tensor(x) for x in loader]).to(torch.int32)
                    epochs.append({
                        "order": pack(index),
                        "afterDefault": after(torch.default_generator),
                        "afterOwn": after(g) if own else None,
                    })
                out.append({"n": n, "own": own, "shuffle": shuffle, "epochs": epochs})
    return out


def early():
    """When the draws happen: streams after the iterator is made, after one batch, after a break."""
    out = []
    for own in (False, True):
        torch.manual_seed(61)
        g = gen(67) if own else None
        stream = g if own else torch.default_generator
        loader = DataLoader(range(10), batch_size=4, shuffle=True, generator=g)
        at = [after(stream)]
        it = iter(loader)
        at.append(after(stream))
        for _ in range(3):
            next(it)
            at.append(after(stream))
        assert next(it, None) is None
        at.append(after(stream))
        out.append({"own": own, "n": 10, "after": at})
    return out


def sampler():
    out = []
    for own in (False, True):
        for n, samples, replacement in [(10, 25, False), (10, 4, False), (10, 70, True), (10, 64, True)]:
            torch.manual_seed(71)
            g = gen(73) if own else None
            s = RandomSampler(range(n), replacement=replacement, num_samples=samples, generator=g)
            runs = [pack(torch.tensor(list(s), dtype=torch.int32)) for _ in range(2)]
            out.append({
                "n": n, "samples": samples, "replacement": replacement, "own": own, "runs": runs,
                "afterDefault": after(torch.default_generator), "afterOwn": after(g) if own else None,
            })
    return out


def randperm():
    return [
        case(n + 79, lambda g: torch.randperm(n, generator=g, dtype=torch.int32), n=n)
        for n in [0, 1, 2, 3, 10, 100, 1000, 10007, 70000]
    ]


def states():
    """States as PyTorch saves them, and what it draws from each."""
    out = []
    for seed, words, normals in [(0, 0, 0), (1, 1, 0), (5, 623, 0), (6, 624, 0), (7, 1000, 3), (2**64 - 1, 12, 1)]:
        g = gen(seed)
        torch.randint(0, 2, (words,), generator=g)
        torch.empty(normals).normal_(generator=g)
        state = g.get_state()
        out.append({
            "seed": str(seed), "words": words, "normals": normals,
            "sha256": hashlib.sha256(raw(state)).hexdigest(),
            # The words of state make up nearly all of it: two states are stored, of the others the rest.
            "state": b64(raw(state)) if seed in (0, 7) else None,
            "head": b64(raw(state[:24])), "tail": b64(raw(state[-40:])),
            "uniform": pack(torch.rand(5, generator=g)),
            "normal": pack(torch.empty(3, dtype=torch.float64).normal_(generator=g)),
        })
    return out


def dump(data):
    """JSON with one case on a line."""
    lines = []
    for key, value in data.items():
        text = json.dumps(value)
        if isinstance(value, list):
            text = "[\n" + ",\n".join(json.dumps(x) for x in value) + "\n]"
        lines.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    torch.set_num_threads(1)
    data = {
        "torch": torch.__version__,
        "capability": torch.backends.cpu.get_cpu_capability(),
        "defaultSeed": str(torch.Generator().initial_seed()),
        "seeds": seeds(),
        "uniform": uniform(),
        "normal": normal(),
        "randint": randint(),
        "randperm": randperm(),
        "bernoulli": bernoulli(),
        "dropout": dropout(),
        "exponential": exponential(),
        "multinomial": multinomial(),
        "order": order(),
        "early": early(),
        "sampler": sampler(),
        "states": states(),
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(dump(data))
    print(f"{OUT}: {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
