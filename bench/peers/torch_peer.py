"""The same work in PyTorch, eager, on one thread: median and quartiles in microseconds, as JSON.

Fresh random data, every repetition timed by itself after a warm-up. The names are those of TensorBenchmarks.cs.
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


results = {
    "X·W (256×784)(784×10)": measure(lambda: x @ w, 2000),
    "Xᵀ·G (784×256)(256×10)": measure(lambda: x.t() @ g, 2000),
    "G·Wᵀ (256×10)(10×784)": measure(lambda: g @ w.t(), 2000),
    "A·B 1024³": measure(lambda: a @ b, 60),
    "softmax gradient, Autodiff": measure(gradient, 2000),
}
results["softmax gradient, ClosedForm"] = results["softmax gradient, Autodiff"]

print(
    json.dumps(
        {
            "peer": f"PyTorch {torch.__version__}, eager, {torch.get_num_threads()} thread, "
            + ", ".join(f"{k}={os.environ.get(k)}" for k in ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")),
            "results": results,
        }
    )
)
