"""Writes apps/*/test/golden.json: the lines that each lesson prints, computed by PyTorch."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

APPS = Path(__file__).parents[2] / "apps"


def show(what, x):
    """As the TypeScript prints it: sizes in brackets with spaces, whole numbers without a point."""
    if isinstance(x, torch.Size):
        x = f"[ {', '.join(map(str, x))} ]" if len(x) else "[]"
    print(f"{what} = {x!s}")


def tensor_tour():
    torch.manual_seed(0)
    show("tensor([3, 4])", torch.Tensor([3, 4]))
    show("tensor([3, 4], { dtype: 'int32' })", torch.tensor([3, 4], dtype=torch.int32))
    show("randn([3, 4])", torch.randn(3, 4))
    show("shared memory", torch.tensor([9.0, 2, 3]))
    show("through a .npy file", torch.tensor([9.0, 2, 3]))
    x, y = torch.ones(3, 4), torch.ones(3, 4)
    show("stack([x, y], 0).shape", torch.stack((x, y), dim=0).shape)
    show("cat([x, y], 0).shape", torch.cat((x, y), dim=0).shape)
    t = torch.arange(12.0).view(3, 4)
    show("t", t)
    show("t.at(0)", t[0])
    show("t.at('1:3', ':2')", t[1:3, :2])
    show("t.at('...', -1)", t[..., -1])
    show("t.at(t.gt(6))", t[t > 6])
    show("t.at(tensor([2, 0]))", t[torch.tensor([2, 0])])
    c = t.clone()
    c[0, 1:3] = -1
    show("after set([0, '1:3'], -1)", c)
    a, b = torch.Tensor([1, 2, 3]), torch.Tensor([4, 5, 6])
    show("a.add(b)", a + b)
    show("a.mul(b)", a * b)
    show("a.div(b)", a / b)
    show("a.pow(2)", a**2)
    show("t.matmul(t.t())", t @ t.t())
    show("after a.add_(10), a", a.add_(10))
    show("t.view([2, 6])", t.view(2, 6))
    show("t.view([-1, 6]).shape", t.view(-1, 6).shape)
    show("t.view([12])", t.view(12))
    z = torch.randn(4, 3)
    show("z.unsqueeze(1).shape", z.unsqueeze(1).shape)
    show("z.unsqueeze(1).squeeze(1).shape", z.unsqueeze(1).squeeze(1).shape)
    t.view(12)[0] = 100
    show("a view shares memory: t.at(0, 0)", int(t[0, 0].item()))
    m = torch.Tensor([[1, 9, 2], [8, 3, 7]])
    values, indices = m.max(1)
    show("m.max(1).values", values)
    show("m.max(1).indices", indices)
    show("m.min(0).values", m.min(0).values)
    show("m.argmax()", m.argmax().item())
    show("m.sort(1).values", m.sort(1).values)
    show("m.topk(2).values", m.topk(2).values)
    show("m.sum(0)", m.sum(0))
    show("m.sum()", m.sum())
    show("m.mean(1)", m.mean(1))
    show("m.std(0)", m.std(0))
    show("m.var()", m.var())
    show("m.prod(1)", m.prod(1))
    show("m.norm()", m.norm())
    show("m.cumsum(1)", m.cumsum(1))


def number(x):
    return str(int(x)) if float(x).is_integer() else repr(x)


def autograd():
    x = torch.tensor([2.0], requires_grad=True)
    z = (x + 2) ** 2 + 3
    z.backward()
    print("z =", z)
    print("dz/dx = 2·(x + 2) =", x.grad)
    (x**2).backward()
    print("after backward() of x² too:", x.grad)
    x.grad = None
    (x**2).backward()
    print("with the gradient cleared first:", x.grad)
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    c = (a * b).sum()
    c.backward()
    print("c = a·b =", number(c.item()))
    print("dc/da = b:", a.grad)
    print("dc/db = a:", b.grad)
    m = torch.tensor([2.0, 3.0], requires_grad=True)
    (m**2).backward(torch.tensor([1, 0.1]))
    print("v = [1, 0.1]:", m.grad)
    p = torch.tensor(2.0, requires_grad=True)
    (first,) = torch.autograd.grad(p**3, [p], create_graph=True)
    (second,) = torch.autograd.grad(first, [p])
    print("3x² =", number(first.item()), " 6x =", number(second.item()))
    print("hessian of Σx³:", torch.autograd.functional.hessian(lambda v: (v**3).sum(), torch.tensor([1.0, 2.0])))


def fit(start, lr, steps):
    hours, marks = torch.tensor([2.0, 3, 4]), torch.tensor([3.0, 5, 8])
    w, b = (torch.tensor(float(v), requires_grad=True) for v in start)
    losses = []
    for _ in range(steps):
        loss = ((w * hours + b - marks) ** 2).mean()
        loss.backward()
        with torch.no_grad():
            w -= w.grad * lr
            b -= b.grad * lr
        w.grad = b.grad = None
        losses.append(loss.item())
    return w.item(), b.item(), losses


def linear_regression():
    w, b, losses = fit((0.5, 0), 0.05, 500)
    for step in (0, 1, 2, 10, 100, 499):
        print(f"step {step}: loss {losses[step]:.4f}")
    print(f"marks = {w:.3f} · hours {'-' if b < 0 else '+'} {abs(b):.3f}")
    print(f"5 hours: {w * 5 + b:.3f} marks")
    for start, lr in (((0.5, 0), 0.001), ((0.5, 0), 0.01), ((0.5, 0), 0.05), ((-4, 6), 0.05), ((0.5, 0), 0.1)):
        last = fit(start, lr, 60)[2][-1]
        shown = "diverges" if last > 1000 else f"loss {last:.4f} after 60 steps"
        print(f"start w={start[0]}, b={start[1]}, learning rate {lr}: {shown}")


def logistic_regression():
    torch.manual_seed(1)
    x = torch.cat([torch.randn(40, 2) + 1.5, torch.randn(40, 2) - 1])
    y = torch.cat([torch.ones(40, 1), torch.zeros(40, 1)])
    torch.manual_seed(2)
    w = torch.randn(2, 1).requires_grad_()
    b = torch.zeros(1, requires_grad=True)
    for step in range(500):
        p = torch.sigmoid(x @ w + b)
        loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
        loss.backward()
        with torch.no_grad():
            w -= w.grad * 0.5
            b -= b.grad * 0.5
        w.grad = b.grad = None
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}")
    torch.manual_seed(2)
    mw, mb = nn.Parameter(torch.randn(2, 1)), nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([mw, mb], lr=0.5)
    criterion = nn.BCEWithLogitsLoss()
    for step in range(500):
        optimizer.zero_grad()
        loss = criterion(x @ mw + mb, y)
        loss.backward()
        optimizer.step()
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}")
    print("w =", mw.detach().view(2), " b =", mb.detach())
    logits = (x @ mw + mb).detach()
    print(f"{((logits > 0) == (y > 0)).sum().item()} of 80 points on the right side")
    probability = torch.sigmoid(torch.tensor([[2.0, 0]]) @ mw + mb).item()
    print(f"the point (2, 0) is of class 1 with probability {probability:.3f}")
    pair = torch.cat([torch.zeros(80, 1), logits], 1)
    print(f"of one logit: {criterion(logits, y).item():.5f}")
    print(f"of two: {F.cross_entropy(pair, y.view(80).long()).item():.5f}")
    share = (pair.softmax(1)[:, 1] - logits.sigmoid().view(80)).abs().max().item()
    print("sigmoid equals softmax of the two, up to", "0.000001" if share < 1e-6 else share)


def flower(n):
    petals = []
    for kind in range(2):
        t = torch.linspace(kind * 3.12, (kind + 1) * 3.12, n) + torch.randn(n) * 0.2
        r = (t * 4).sin() * 4 + torch.randn(n) * 0.2
        petals.append(torch.stack([r * t.sin(), r * t.cos()], 1))
    return torch.cat(petals), torch.cat([torch.zeros(n, 1), torch.ones(n, 1)])


def mlp():
    torch.manual_seed(2)
    first, second = nn.Linear(2, 3), nn.Linear(3, 1)
    point = torch.randn(1, 2)
    with torch.no_grad():
        print(f"two layers: {second(first(point)).item():.5f}")
        weight, bias = second.weight @ first.weight, second.weight @ first.bias + second.bias
        print(f"one layer, W = W₂·W₁: {(point @ weight.t() + bias).item():.5f}")
        print(f"with tanh between: {second(first(point).tanh()).item():.5f}")
    x, y = flower(200)
    test = flower(200)

    def train(net, steps, lr, on=(x, y)):
        optimizer = torch.optim.SGD(net.parameters(), lr=lr)
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            loss = F.binary_cross_entropy_with_logits(net(on[0]), on[1])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    def accuracy(net, of):
        with torch.no_grad():
            return ((net(of[0]) > 0) == (of[1] > 0)).float().mean().item()

    def percent(share):
        return f"{100 * share:.1f} %"

    torch.manual_seed(3)
    line = nn.Sequential(nn.Linear(2, 1))
    loss = train(line, 300, 0.5)[-1]
    print(f"one linear layer: loss {loss:.3f}, {percent(accuracy(line, (x, y)))}")
    net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
    print("net[0].weight =", net[0].weight.detach())
    losses = train(net, 1000, 0.5)
    for step in (0, 100, 300, 999):
        print(f"step {step}: loss {losses[step]:.3f}")
    print(f"accuracy {percent(accuracy(net, (x, y)))}")
    torch.manual_seed(5)
    few = flower(30)
    for hidden in (1, 6, 100):
        torch.manual_seed(4)
        made = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        train(made, 4000, 0.5, few)
        print(f"{hidden} hidden: {percent(accuracy(made, few))}, new points {percent(accuracy(made, test))}")


def penguins():
    data = APPS / "penguins/node_modules/vega-datasets/data/penguins.json"
    names = ["Beak Length (mm)", "Beak Depth (mm)", "Flipper Length (mm)", "Body Mass (g)"]
    everything = json.loads(data.read_text())
    birds = [b for b in everything if all(b[n] is not None for n in names)]
    species = sorted({b["Species"] for b in birds})
    print(f"{len(everything)} penguins, {len(everything) - len(birds)} of them without measurements")
    print("kinds: " + ", ".join(f"{s} {sum(b['Species'] == s for b in birds)}" for s in species))
    torch.manual_seed(0)
    values = torch.tensor([[float(b[n]) for n in names] for b in birds])
    labels = torch.tensor([species.index(b["Species"]) for b in birds])
    order = torch.randperm(len(birds))
    train, test = order[:240], order[240:]
    mean, std = values[train].mean(0), values[train].std(0)
    print("means: " + ", ".join(f"{m:.1f}" for m in mean.tolist()))
    ready = (values - mean) / std
    net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    loader = torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(ready[train], labels[train]), batch_size=32, shuffle=True
    )
    for epoch in range(1, 31):
        total = 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
        if epoch % 10 == 0:
            print(f"epoch {epoch}: loss {total / 240:.3f}")
    with torch.no_grad():
        predicted = net(ready[test]).argmax(1)
    print(f"{(predicted == labels[test]).sum().item()} of {len(test)} test penguins classified correctly")
    for i, kind in enumerate(species):
        row = [((labels[test] == i) & (predicted == j)).sum().item() for j in range(3)]
        print(f"{kind:<10} predicted as {', '.join(species)}: {' '.join(f'{n:3d}' for n in row)}")


LESSONS = [tensor_tour, autograd, linear_regression, logistic_regression, mlp, penguins]


def main():
    for lesson in LESSONS:
        out = io.StringIO()
        with redirect_stdout(out):
            lesson()
        folder = APPS / lesson.__name__.replace("_", "-") / "test"
        folder.mkdir(exist_ok=True)
        text = json.dumps(out.getvalue().rstrip("\n").split("\n"), indent=2, ensure_ascii=False)
        (folder / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
