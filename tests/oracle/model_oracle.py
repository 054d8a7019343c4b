"""A model of a file, by docs/models.md alone: an independent judge of ModelFile.fs.

python3 model_oracle.py predict FILE …    checks the hashes; FILE.npy has features; prints the scores of each file as JSON
python3 model_oracle.py make FOLDER       fits models by scikit-learn, writes them as files, and prints what they predict
"""
import hashlib
import json
import struct
import sys

import numpy as np

DTYPES = {"F64": "<f8", "F32": "<f4", "I64": "<i8", "I32": "<i4", "U8": "u1"}


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        tensors[name] = np.frombuffer(body[first:last], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata


def write(path, tensors, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        values = np.ascontiguousarray(values)
        dtype = next(own for own, numpy in DTYPES.items() if values.dtype == np.dtype(numpy))
        header[name] = {"dtype": dtype, "shape": values.shape, "data_offsets": [len(body), len(body) + values.nbytes]}
        body += values.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def content_sha256(tensors, metadata):
    sha = hashlib.sha256()

    def put(part):
        part = part.encode() if isinstance(part, str) else part
        sha.update(struct.pack("<Q", len(part)) + part)

    metadata = {key: text for key, text in metadata.items() if key not in ("content_sha256", "seconds", "fit_seconds")}
    put(str(len(metadata)))
    for key in sorted(metadata, key=str.encode):
        put(key)
        put(metadata[key])
    for name in sorted(tensors, key=str.encode):
        values = tensors[name]
        put(name)
        put(next(own for own, numpy in DTYPES.items() if values.dtype == np.dtype(numpy)))
        put(",".join(str(size) for size in values.shape))
        put(values.tobytes())
    return sha.hexdigest()


def products(x, degree, powers):
    """All products of 1, 2, … columns, by the first: a, b, a², a·b, b²."""
    columns = x.shape[1]
    shorter = [(j,) for j in range(columns)]
    every = list(shorter)
    for _ in range(2, degree + 1):
        shorter = [(j,) + s for j in range(columns) for s in shorter if s[0] > j or powers and s[0] == j]
        every += shorter
    return np.stack([np.prod(x[:, list(s)], axis=1) for s in every], axis=1)


def transform(word, at, x, tensors):
    if word == "rescaled":
        return (x - tensors[at + "shift"]) / tensors[at + "scale"]
    if word == "one-hot":
        codes, made = list(tensors[at + "codes"]), []
        for column, count in enumerate(tensors[at + "counts"]):
            own, codes = codes[:count], codes[count:]
            made += [x[:, column] == code for code in own] if count else [x[:, column]]
        return np.stack(made, axis=1).astype(float)
    name, degree = word.split()
    return products(x, int(degree), name == "polynomial")


def scores(tensors, metadata, x):
    words = metadata.get("layers", "linear").split(", ")
    for i, word in enumerate(words):
        at = f"{i}." if len(words) > 1 else ""
        if word == "linear":
            x = x @ tensors[at + "weight"].astype(float) + tensors[at + "bias"]
        elif word == "scale":
            x = x * tensors[at + "factor"]
        elif word == "flatten":
            x = x.reshape(len(x), -1)
        elif word == "sigmoid":
            x = 1 / (1 + np.exp(-x))
        elif word == "softmax":
            e = np.exp(x - x.max(axis=1, keepdims=True))
            x = e / e.sum(axis=1, keepdims=True)
        else:
            links = word.split(" + ")
            for j, link in enumerate(links):
                x = transform(link, at + (f"{j}." if len(links) > 1 else ""), x, tensors)
    return x


def make(folder):
    from sklearn.datasets import load_diabetes, load_iris
    from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
    from sklearn.preprocessing import StandardScaler

    made = []

    def put(name, kind, x, model, scaler=None, **more):
        weight = np.atleast_2d(model.coef_).T.astype(float)
        bias = np.atleast_1d(model.intercept_).astype(float)
        tensors, layers = {"weight": weight, "bias": bias}, {}
        if scaler is not None:
            tensors = {"0.shift": scaler.mean_, "0.scale": scaler.scale_, "1.weight": weight, "1.bias": bias}
            layers = {"layers": "rescaled, linear"}
        metadata = {"format": "LinearNets model 1", "kind": kind, **layers, **more}
        if name.endswith("hashed"):
            metadata["content_sha256"] = content_sha256(tensors, metadata)
        write(f"{folder}/{name}.safetensors", tensors, metadata)
        seen = x if scaler is None else scaler.transform(x)
        expected = model.predict(seen) if kind == "regression" else model.predict(seen).astype(float)
        made.append({"name": name, "kind": kind, "x": x[::7].tolist(), "expected": expected[::7].tolist()})

    diabetes, iris = load_diabetes(), load_iris()
    two = iris.target < 2
    put("linear", "regression", diabetes.data, LinearRegression().fit(diabetes.data, diabetes.target))
    put("linear hashed", "regression", diabetes.data, LinearRegression().fit(diabetes.data, diabetes.target),
        features=json.dumps(list(diabetes.feature_names)), outputs='["progression"]')
    scaler = StandardScaler().fit(iris.data)
    put("softmax scaled", "softmax", iris.data, LogisticRegression(max_iter=1000).fit(scaler.transform(iris.data), iris.target),
        scaler, outputs=json.dumps(list(iris.target_names)))
    put("logistic", "logistic", iris.data[two], LogisticRegression().fit(iris.data[two], iris.target[two]))
    put("perceptron", "perceptron", iris.data[two], Perceptron().fit(iris.data[two], iris.target[two]))
    print(json.dumps(made))


if sys.argv[1] == "predict":
    predicted = []
    for path in sys.argv[2:]:
        tensors, metadata = read(path)
        assert metadata["content_sha256"] == content_sha256(tensors, metadata), "the hash"
        predicted.append(scores(tensors, metadata, np.load(path + ".npy")).tolist())
    print(json.dumps(predicted))
else:
    make(sys.argv[2])
