"""The reading of files by pandas. Debian: python3-pandas.

Whoever asks has made the file, and says where it is in an environment variable.
"""

import os

import numpy as np
import pandas as pd

PEER = f"pandas {pd.__version__}, C engine"
FILE = os.environ["LINEARNETS_BENCH_CSV"]


def usual():
    return pd.read_csv(FILE)


def singles():
    return pd.read_csv(FILE, dtype=np.float32)


WORKS = {"CSV, as usual": usual, "CSV, dtype=float32": singles}
