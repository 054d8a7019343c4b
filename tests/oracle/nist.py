"""NIST's Statistical Reference Datasets for linear regression, in the words of exact-least-squares.txt. Writes nist.txt beside this file.

    python3 nist.py FOLDER      with the eleven .dat files of https://www.itl.nist.gov/div898/strd/lls/lls.shtml

Numbers are taken over as they are written there; nothing is computed but the order of things.
"""

import pathlib
import re
import sys

FILE = pathlib.Path(__file__).with_name("nist.txt")

FORMAT = """\
# Linear regressions with certified answers: NIST's Statistical Reference Datasets, public domain, as nist.py rewrote them. The words
# are those of exact-least-squares.txt, from 'problem' to 'end'; numbers are written as NIST has them, answers with 15 digits. Besides:
#
#   sigma NUMBER        residual standard deviation
#   r2 NUMBER           not centred where there is no intercept
#   squares NUMBER      the residual sum of squares
"""

ORDER = ["Norris", "Pontius", "NoInt1", "NoInt2", "Filip", "Longley", "Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5"]


def lines(name, text):
    rows = text.split("\nData:")[-1].splitlines()[1:]
    data = [row.split() for row in rows if row.strip()]
    certified = re.findall(r"^\s*B(\d+)\s+(\S+)\s+(\S+)\s*$", text, re.M)
    intercept = certified[0][0] == "0"
    terms = certified[intercept:]
    columns = len(data[0]) - 1
    yield f"problem {name}"
    yield "about " + re.search(r"(\w+) Level of Difficulty", text).group(1).lower() + " difficulty"
    yield f"size {len(data)} {columns} 1"
    if len(terms) > columns:
        yield f"degree {len(terms)}"
    yield f"intercept {'yes' if intercept else 'no'}"
    yield "lambda 0.0"
    for row in data:
        yield "x " + " ".join(row[1:])
    for row in data:
        yield "y " + row[0]
    yield f"rank {len(terms)}"
    for _, estimate, _ in terms:
        yield f"coefficients {estimate}"
    yield f"intercepts {certified[0][1] if intercept else 0}"
    yield "squares " + re.search(r"^Residual\s+\d+\s+(\S+)", text, re.M).group(1)
    for _, _, error in certified:
        yield f"errors {error}"
    yield "sigma " + re.search(r"Residual\s+Standard Deviation\s+(\S+)", text).group(1)
    yield "r2 " + re.search(r"R-Squared\s+(\S+)", text).group(1)
    yield "end"


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    blocks = ["\n".join(lines(name, (folder / f"{name}.dat").read_text(encoding="latin-1"))) for name in ORDER]
    FILE.write_text(FORMAT + "".join(f"\n{block}\n" for block in blocks), encoding="utf-8")
