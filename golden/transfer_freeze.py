"""What freezing mid-training is compared with: torch.optim in float64, for packages/transfer-freeze.

out = tanh(x A) B, mean squared error. Steps of all weights, then with A.requires_grad_(False), then of all again. Where tfjs and
torch have other formulas the run ends before: torch corrects the bias of Adam by steps of the parameter, tfjs by steps of the
optimizer, which differ once A goes on.
"""

import json
from pathlib import Path

import torch

OUT = Path(__file__).resolve().parent.parent / "packages" / "transfer-freeze" / "test" / "golden"
OUT.mkdir(exist_ok=True)
STEPS = 4


def write(name, cases):
    versions = {"torch": torch.__version__.split("+")[0]}
    made = {"by": "golden/transfer_freeze.py", "versions": versions}
    (OUT / name).write_text(json.dumps({"made": made, "cases": cases}) + "\n")


def spread(rows, columns, stride):
    """Values of `spread` in test/spread.ts: distinct, in (-1, 1), exact in float32."""
    n = rows * columns
    i = torch.arange(n, dtype=torch.float64)
    x = torch.floor(((i * stride) % n + 1) / n * 256) / 256 * torch.where(i % 2 == 0, 1.0, -1.0)
    return x.reshape(rows, columns)


def net():
    x, y = spread(6, 3, 7), spread(6, 1, 5)
    a, b = spread(3, 4, 5).requires_grad_(), spread(4, 1, 3).requires_grad_()
    return a, b, lambda: torch.mean((torch.tanh(x @ a) @ b - y) ** 2)


def step(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss().backward()
    optimizer.step()


def frozen(name, make, phases=3):
    a, b, loss = net()
    optimizer = make([a, b])
    after = []
    for phase in range(phases):
        a.requires_grad_(phase != 1)
        for _ in range(STEPS):
            step(optimizer, loss)
        after.append({"a": a.detach().reshape(-1).tolist(), "b": b.detach().reshape(-1).tolist()})
    return {"optimizer": name, "after": after}


write(
    "frozen.json",
    [
        frozen("sgd", lambda p: torch.optim.SGD(p, lr=0.125)),
        frozen("momentum", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875)),
        frozen("nesterov", lambda p: torch.optim.SGD(p, lr=0.0625, momentum=0.875, nesterov=True)),
        frozen("adagrad", lambda p: torch.optim.Adagrad(p, lr=0.125, initial_accumulator_value=0.125, eps=0)),
        frozen("rmsprop", lambda p: torch.optim.RMSprop(p, lr=0.03125, alpha=0.875, momentum=0.5, eps=0)),
        frozen("adam", lambda p: torch.optim.Adam(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20), phases=2),
        frozen("adamax", lambda p: torch.optim.Adamax(p, lr=0.03125, betas=(0.875, 0.96875), eps=2**-40), phases=2),
    ],
)


def grouped(name, make, decay=0.125, scheduled=False):
    """`a` at a quarter of the rate, with decoupled weight decay; the gradient of `b` clipped to a norm of 1/8."""
    a, b, loss = net()
    optimizer = make([a, b])
    rate = optimizer.param_groups[0]["lr"]
    scheduler_of_one = None
    if scheduled:
        one = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        scheduler_of_one = torch.optim.lr_scheduler.OneCycleLR(one, max_lr=1.0, total_steps=8, cycle_momentum=False)
    for step in range(8):
        of_a = 0.25
        if scheduler_of_one:
            of_a = one.param_groups[0]["lr"]
            one.step()
            if step < 7:
                scheduler_of_one.step()
        optimizer.param_groups[0]["lr"] = rate * of_a
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        norm = torch.linalg.vector_norm(b.grad)
        b.grad.mul_(0.125 / torch.clamp(norm, min=0.125))
        with torch.no_grad():
            a.mul_(1 - rate * of_a * decay)
        optimizer.step()
    values = {"a": a.detach().reshape(-1).tolist(), "b": b.detach().reshape(-1).tolist()}
    return {"optimizer": name, "scheduled": scheduled, "decay": decay, **values}


def two(make, **options):
    return lambda p: make([{"params": [p[0]]}, {"params": [p[1]]}], **options)


SGD, ADAM, RMS = torch.optim.SGD, torch.optim.Adam, torch.optim.RMSprop
write(
    "groups.json",
    [
        grouped("sgd", two(SGD, lr=0.125)),
        grouped("momentum", two(SGD, lr=0.0625, momentum=0.875)),
        grouped("nesterov", two(SGD, lr=0.0625, momentum=0.875, nesterov=True)),
        grouped("adagrad", two(torch.optim.Adagrad, lr=0.125, initial_accumulator_value=0.125, eps=0)),
        grouped("rmsprop", two(RMS, lr=0.03125, alpha=0.875, momentum=0.5, eps=0)),
        grouped("adam", two(ADAM, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20)),
        grouped("adamax", two(torch.optim.Adamax, lr=0.03125, betas=(0.875, 0.96875), eps=2**-40)),
        grouped("adam", two(ADAM, lr=0.03125, betas=(0.875, 0.96875), eps=2**-20), scheduled=True),
    ],
)


def one_cycle(steps, **options):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=steps, cycle_momentum=False, **options
    )
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < steps:
            scheduler.step()
    return {"steps": steps, **options, "rates": rates}


write(
    "one-cycle.json",
    [one_cycle(10), one_cycle(100), one_cycle(7, pct_start=0.5, div_factor=10.0, final_div_factor=100.0)],
)
