"""Training in PyTorch, eager, in the fastest of the ways tried and in those people write. NOTES.md has the others.

Debian: python3-torch, with libopenblas0-pthread beside it.
"""

import os
import pathlib

import torch
from torch.nn.functional import cross_entropy, mse_loss

# Debian's PyTorch takes whatever BLAS is installed; on the reference one it is 40 times slower than it can be.
maps = pathlib.Path("/proc/self/maps")
if maps.exists() and not any(blas in maps.read_text() for blas in ("openblas", "mkl", "blis")):
    raise RuntimeError("PyTorch runs on the reference BLAS here, which would be no fair peer: install libopenblas0-pthread")

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.manual_seed(0)
PEER = f"PyTorch {torch.__version__}, OpenBLAS, {torch.get_num_threads()} thread(s)"

line_x = torch.randn(1000, 2)
line_y = line_x @ torch.tensor([[2.0], [-3.4]]) + 4.2 + 0.01 * torch.randn(1000, 1)


def descend(parameters, rate):
    with torch.no_grad():
        for p in parameters:
            p.sub_(p.grad, alpha=rate)
            p.grad = None


def line_fastest():
    w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(3):
        order = torch.randperm(1000)
        for features, targets in zip(line_x[order].split(10), line_y[order].split(10)):
            loss = mse_loss(features @ w + b, targets) / 2
            loss.backward()
            descend((w, b), 0.03)


def line_as_in_the_book():
    w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(3):
        order = torch.randperm(1000)
        for first in range(0, 1000, 10):
            rows = order[first : first + 10]
            features, targets = line_x[rows], line_y[rows]
            loss = ((features @ w + b - targets) ** 2 / 2).mean()
            loss.backward()
            with torch.no_grad():
                for p in (w, b):
                    p -= 0.03 * p.grad
                    p.grad.zero_()


def line_concise():
    net = torch.nn.Linear(2, 1)
    mse = torch.nn.MSELoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.03)
    data = torch.utils.data.TensorDataset(line_x, line_y)
    loader = torch.utils.data.DataLoader(data, batch_size=10, shuffle=True)
    for _ in range(3):
        for features, targets in loader:
            loss = mse(net(features), targets)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()


image_bytes = torch.randint(0, 256, (60000, 784), dtype=torch.uint8)
image_floats = image_bytes.float() / 255
image_labels = torch.randint(0, 10, (60000,))
weight = (0.01 * torch.randn(784, 10)).requires_grad_()
bias = torch.zeros(10, requires_grad=True)
batch_bytes = torch.empty(256, 784, dtype=torch.uint8)
batch_floats = torch.empty(256, 784)


def softmax_epoch(batch):
    weight.grad = bias.grad = None
    for rows in torch.randperm(60000).split(256):
        scores = torch.addmm(bias, batch(rows), weight)
        cross_entropy(scores, image_labels.index_select(0, rows)).backward()
        descend((weight, bias), 0.1)


def softmax_of_floats():
    softmax_epoch(lambda rows: torch.index_select(image_floats, 0, rows, out=batch_floats[: len(rows)]))


def softmax_of_bytes():
    def batch(rows):
        picked = torch.index_select(image_bytes, 0, rows, out=batch_bytes[: len(rows)])
        return batch_floats[: len(rows)].copy_(picked).mul_(1 / 255)

    softmax_epoch(batch)


def softmax_concise():
    net = torch.nn.Linear(784, 10)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    data = torch.utils.data.TensorDataset(image_floats, image_labels)
    for features, targets in torch.utils.data.DataLoader(data, batch_size=256, shuffle=True):
        loss = cross_entropy(net(features), targets)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()


def batches(images, workers=0):
    data = torch.utils.data.TensorDataset(images, image_labels)
    return torch.utils.data.DataLoader(data, batch_size=256, shuffle=True, num_workers=workers)


def pass_over_floats(workers):
    for features, labels in batches(image_floats, workers):
        pass


def pass_over_bytes():
    for features, labels in batches(image_bytes):
        features.float()


def one_by_one():
    with torch.no_grad():
        for row in image_floats[:1000]:
            torch.addmv(bias, weight.t(), row).argmax().item()


WORKS = {
    "1000 rows, one by one": one_by_one,
    "pass over floats, 0 workers": lambda: pass_over_floats(0),
    "pass over floats, 4 workers": lambda: pass_over_floats(4),
    "pass over bytes, 0 workers": pass_over_bytes,
    "line, the book's loop": line_as_in_the_book,
    "line, the fastest loop": line_fastest,
    "line, nn and DataLoader": line_concise,
    "softmax of floats": softmax_of_floats,
    "softmax of bytes": softmax_of_bytes,
    "softmax, nn and DataLoader": softmax_concise,
}
