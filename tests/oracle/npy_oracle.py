"""NumPy reads what Npy.fs writes, and writes what Npy.fs reads.

python3 npy_oracle.py write FOLDER     writes arrays of every type and order, and prints [[file, shape, values], …]
python3 npy_oracle.py read FILE…       prints [[name, type, Fortran's order, shape, values], …] of NPY and NPZ files
"""

import json
import os
import sys

import numpy as np

SHAPES = [(7,), (3, 4), (1, 5), (6, 1), (2, 3, 5), (3, 1, 4), (2, 3, 4, 5)]


def values(array):
    """Doubles survive JSON both ways; so do whole numbers below 2**53."""
    return [float(v) for v in np.ascontiguousarray(array).ravel()]


def write(folder):
    written = []
    random = np.random.default_rng(7)
    for shape in SHAPES:
        for name in ["b1", "u1", "i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8", "<f4", ">f4", "<f8", ">f8"]:
            for order in "CF":
                if name[-2] == "f":
                    array = random.normal(size=shape) * 1e3
                else:
                    array = random.integers(0, 2 if name == "b1" else 100, size=shape)
                array = np.array(array.astype(name), order=order)
                file = f"{'x'.join(map(str, shape))}{name[-2:]}{'big' if name[0] == '>' else ''}{order}.npy"
                np.save(os.path.join(folder, file), array)
                written.append([file, list(shape), values(array)])
    x, y = random.normal(size=(5, 3)).astype("f4"), np.array([0, 2, 1, 1, 0])
    for version in [(1, 0), (2, 0), (3, 0)]:
        file = f"version{version[0]}.npy"
        with open(os.path.join(folder, file), "wb") as into:
            np.lib.format.write_array(into, x, version=version)
        written.append([file, [5, 3], values(x)])
    np.savez(os.path.join(folder, "stored.npz"), x=x, y=y)
    np.savez_compressed(os.path.join(folder, "packed.npz"), x=x, y=y, w=np.arange(5.0))
    np.save(os.path.join(folder, "objects.npy"), np.array([{}, None], dtype=object), allow_pickle=True)
    np.save(os.path.join(folder, "records.npy"), np.zeros(3, dtype=[("a", "f4"), ("b", "i4")]))
    np.save(os.path.join(folder, "strings.npy"), np.array(["a", "bc"]))
    return written


def read(files):
    found = []
    for file in files:
        arrays = np.load(file)
        arrays = dict(arrays) if file.endswith(".npz") else {os.path.basename(file): arrays}
        for name, array in arrays.items():
            found.append([name, array.dtype.str, bool(np.isfortran(array)), list(array.shape), values(array)])
    return found


print(json.dumps(write(sys.argv[2]) if sys.argv[1] == "write" else read(sys.argv[2:])))
