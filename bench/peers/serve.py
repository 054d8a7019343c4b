"""Does the work of a module beside this file, on request.

A request is a line of JSON on standard input, {"work": name, "milliseconds": n}: the work is repeated for so long, and at least
three times, or as often as "least" says. The answer is a line with the median of the repetitions in milliseconds, how many MB the
process held at most beyond what it held before ("extra", where the system tells), and numbers by name about the last result ("result"):
a work that has some returns a function for them, which is called outside the time. The first line says who answers, or why nobody
can: {"peer": ...} or {"missing": ...}.
"""

import importlib
import json
import statistics
import sys
import time

try:
    module = importlib.import_module(sys.argv[1])
except (ImportError, RuntimeError) as reason:
    print(json.dumps({"missing": str(reason)}), flush=True)
    sys.exit()


def memory(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))


def forget_the_peak():
    """Memory in use now, from which on the peak counts; nothing where the system has no such files."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
        return memory("VmRSS")
    except OSError:
        return None


print(json.dumps({"peer": module.PEER}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    work = module.WORKS[request["work"]]
    # Makes the data of the work, where it has a part for that: it is no part of the time.
    getattr(work, "prepare", lambda: None)()
    before = forget_the_peak()
    times = []
    begin = time.perf_counter()
    while len(times) < request.get("least", 3) or time.perf_counter() - begin < request["milliseconds"] / 1000:
        start = time.perf_counter()
        result = work()
        times.append(1000 * (time.perf_counter() - start))
    answer = {"median": statistics.median(times)}
    if before is not None:
        answer["extra"] = memory("VmHWM") - before
    if callable(result):
        answer["result"] = result()
    print(json.dumps(answer), flush=True)
