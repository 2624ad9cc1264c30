"""Writes packages/data/test/fixtures/orders.json: the orders in which PyTorch's DataLoader visits."""

import json
import pathlib

import torch
from torch.utils.data import DataLoader, TensorDataset, random_split

OUT = pathlib.Path(__file__).parents[2] / "packages/data/test/fixtures/orders.json"
cases = []
for seed, size, batch, drop_last, own in [
    (0, 10, 3, False, False),
    (0, 10, 3, True, False),
    (1, 12, 4, False, False),
    (2, 7, 7, False, True),
    (3, 11, 2, False, True),
    (3, 11, 2, True, True),
    (42, 1, 1, False, False),
    (5, 100, 64, False, False),
]:
    dataset = TensorDataset(torch.arange(size))
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 100) if own else None
    loader = DataLoader(dataset, batch_size=batch, shuffle=True, drop_last=drop_last, generator=generator)
    epochs = [[b[0].tolist() for b in loader] for _ in range(3)]
    after = torch.rand(2).tolist()
    cases.append(
        {
            "seed": seed,
            "size": size,
            "batchSize": batch,
            "dropLast": drop_last,
            "own": own,
            "epochs": epochs,
            "after": after,
        }
    )

splits = []
for seed, size, lengths in [(0, 10, [7, 3]), (1, 11, [0.5, 0.5]), (2, 100, [0.7, 0.2, 0.1])]:
    torch.manual_seed(seed)
    parts = random_split(range(size), lengths)
    splits.append({"seed": seed, "size": size, "lengths": lengths, "parts": [list(p.indices) for p in parts]})

torch.manual_seed(9)
plain = DataLoader(TensorDataset(torch.arange(5)), batch_size=2)
for _ in plain:
    pass
unshuffled_after = torch.rand(2).tolist()

OUT.parent.mkdir(parents=True, exist_ok=True)
payload = {"torch": torch.__version__, "orders": cases, "splits": splits, "unshuffledAfter": unshuffled_after}
OUT.write_text(json.dumps(payload, separators=(",", ":")) + "\n")
print(f"{len(cases)} loaders, {OUT.stat().st_size} bytes")
