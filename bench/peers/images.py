"""Images, read and learned by others: what `bench images` compares with. Debian: python3-numpy, python3-sklearn, python3-torch.

IDX as its own page describes it: two zero bytes, a type, the number of dimensions, each of them in four bytes, then the values.
"""

import gzip
import hashlib
import json
import pathlib
import struct
import sys
import warnings

import numpy as np
import sklearn
import torch
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier


def idx(path):
    content = gzip.decompress(path.read_bytes())
    dimensions = content[3]
    shape = struct.unpack(f">{dimensions}I", content[4 : 4 + 4 * dimensions])
    return np.frombuffer(content, dtype=np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def accuracy(images, labels, trained, seed):
    torch.manual_seed(seed)
    x = torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)
    y = torch.from_numpy(labels.astype(np.int64))
    net = torch.nn.Linear(x.shape[1], 10)
    torch.nn.init.normal_(net.weight, std=0.01)
    torch.nn.init.zeros_(net.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for _ in range(10):
        for rows in torch.randperm(trained).split(256):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(x[rows]), y[rows]).backward()
            optimizer.step()
    return (net(x[trained:]).argmax(1) == y[trained:]).float().mean().item()


def accuracy_without_hidden_layer(images, labels, trained, seed):
    """Softmax regression by minibatches in scikit-learn: its network, with no layer between. Its first weights are its own."""
    x = images.reshape(len(images), -1).astype(np.float32) / 255
    settings = {"solver": "sgd", "alpha": 0, "learning_rate_init": 0.1, "momentum": 0, "batch_size": 256, "max_iter": 10}
    net = MLPClassifier((), tol=0, random_state=seed, **settings)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        net.fit(x[:trained], labels[:trained])
    return net.score(x[trained:], labels[trained:])


folder, trained, seeds = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
garments, garments_trained = np.load(sys.argv[4]), int(sys.argv[5])
pictures, kinds = garments["x"], garments["y"]
images, labels = idx(folder / "t10k-images-idx3-ubyte.gz"), idx(folder / "t10k-labels-idx1-ubyte.gz")
print(
    json.dumps(
        {
            "peer": f"NumPy {np.__version__}, PyTorch {torch.__version__}, scikit-learn {sklearn.__version__}",
            "images": hashlib.sha256(images.tobytes()).hexdigest(),
            "labels": hashlib.sha256(labels.tobytes()).hexdigest(),
            "accuracies": [accuracy(images, labels, trained, seed) for seed in range(seeds)],
            "garments": hashlib.sha256(pictures.tobytes()).hexdigest(),
            "garmentsTorch": [accuracy(pictures, kinds, garments_trained, seed) for seed in range(seeds)],
            "garmentsLearn": [
                accuracy_without_hidden_layer(pictures, kinds, garments_trained, seed) for seed in range(seeds)
            ],
        }
    )
)
