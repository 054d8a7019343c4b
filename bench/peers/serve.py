"""Does the work of a module beside this file, on request.

A request is a line of JSON on standard input, {"work": name, "milliseconds": n}: the work is repeated for so long, and at least
three times. The answer is a line with the median of the repetitions in milliseconds. The first line says who answers, or why
nobody can: {"peer": ...} or {"missing": ...}.
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

print(json.dumps({"peer": module.PEER}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    work = module.WORKS[request["work"]]
    times = []
    begin = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - begin < request["milliseconds"] / 1000:
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps({"median": statistics.median(times)}), flush=True)
