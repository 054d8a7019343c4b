"""The same work in PyTorch, eager, on one thread: median and quartiles in microseconds, as JSON.

Fresh random data, every repetition timed by itself after a warm-up. The names are those of TensorBenchmarks.cs and
TrainingBenchmarks.cs.
Called by bench/Program.cs with OPENBLAS_CORETYPE, OPENBLAS_NUM_THREADS and OMP_NUM_THREADS set to its best settings.
"""

import json
import os
import pathlib
import statistics
import sys
import time

import torch

# Debian's PyTorch takes whatever BLAS is installed; on the reference one it is 40 times slower than it can be.
maps = pathlib.Path("/proc/self/maps")
if maps.exists() and not any(blas in maps.read_text() for blas in ("openblas", "mkl", "blis")):
    sys.exit("PyTorch runs on the reference BLAS here, which would be no fair peer: install libopenblas0-pthread.")

torch.set_num_threads(1)
torch.manual_seed(0)

x, w, g = torch.randn(256, 784), torch.randn(784, 10), torch.randn(256, 10)
a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
labels = torch.randint(0, 10, (256,))
weight = (0.01 * torch.randn(784, 10)).requires_grad_()
bias = torch.zeros(10, requires_grad=True)


def gradient():
    weight.grad = bias.grad = None
    loss = torch.nn.functional.cross_entropy(x @ weight + bias, labels)
    loss.backward()


def measure(work, repetitions):
    for _ in range(repetitions // 4 + 1):
        work()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        times.append(1e6 * (time.perf_counter() - start))
    low, median, high = statistics.quantiles(times, n=4)
    return {"low": low, "median": median, "high": high}


# ---- Training. Each is written in the fastest of the ways tried; NOTES.md has the others.

line_x = torch.randn(1000, 2)
line_y = line_x @ torch.tensor([[2.0], [-3.4]]) + 4.2 + 0.01 * torch.randn(1000, 1)


def descend(parameters, rate):
    with torch.no_grad():
        for p in parameters:
            p.sub_(p.grad, alpha=rate)
            p.grad = None


def line_by_hand():
    w = torch.normal(0, 0.01, (2, 1), requires_grad=True)
    b = torch.zeros(1, requires_grad=True)
    for _ in range(3):
        order = torch.randperm(1000)
        for features, targets in zip(line_x[order].split(10), line_y[order].split(10)):
            loss = torch.nn.functional.mse_loss(features @ w + b, targets) / 2
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


batch_bytes = torch.empty(256, 784, dtype=torch.uint8)
batch_floats = torch.empty(256, 784)


def softmax_epoch(batch):
    for rows in torch.randperm(60000).split(256):
        scores = torch.addmm(bias, batch(rows), weight)
        loss = torch.nn.functional.cross_entropy(scores, image_labels.index_select(0, rows))
        loss.backward()
        descend((weight, bias), 0.1)


def epoch_of_floats():
    weight.grad = bias.grad = None
    softmax_epoch(lambda rows: torch.index_select(image_floats, 0, rows, out=batch_floats[: len(rows)]))


def epoch_of_bytes():
    weight.grad = bias.grad = None

    def batch(rows):
        picked = torch.index_select(image_bytes, 0, rows, out=batch_bytes[: len(rows)])
        return batch_floats[: len(rows)].copy_(picked).mul_(1 / 255)

    softmax_epoch(batch)


results = {
    "X·W (256×784)(784×10)": measure(lambda: x @ w, 2000),
    "Xᵀ·G (784×256)(256×10)": measure(lambda: x.t() @ g, 2000),
    "G·Wᵀ (256×10)(10×784)": measure(lambda: g @ w.t(), 2000),
    "A·B 1024³": measure(lambda: a @ b, 60),
    "softmax gradient, Autodiff": measure(gradient, 2000),
}
results["softmax gradient, ClosedForm"] = results["softmax gradient, Autodiff"]
by_hand, book, concise = measure(line_by_hand, 40), measure(line_as_in_the_book, 40), measure(line_concise, 20)
floats, decoded = measure(epoch_of_floats, 20), measure(epoch_of_bytes, 20)
for rule in ("Autodiff", "ClosedForm", "Fused"):
    results[f"linear regression, {rule}"] = by_hand
    results[f"linear regression, {rule}, beside the book's loop"] = book
    results[f"linear regression, {rule}, beside nn and DataLoader"] = concise
    # Pixels may as well be made numbers before training, or stay bytes: PyTorch has its faster way.
    for kind in ("float32", "bytes"):
        results[f"softmax epoch of {kind}, {rule}"] = min(floats, decoded, key=lambda time: time["median"])

print(
    json.dumps(
        {
            "peer": f"PyTorch {torch.__version__}, eager, {torch.get_num_threads()} thread, "
            + ", ".join(f"{k}={os.environ.get(k)}" for k in ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")),
            "results": results,
        }
    )
)
