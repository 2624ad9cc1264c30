"""PyTorch's side of the programs: reads lines of JSON, answers with lines of JSON.
{"program": PATH, "do": "values", "steps": N}
{"program": PATH, "do": "time", "ms": 200, "threads": 1}"""

import importlib.util
import json
import os
import sys
import time
import warnings

import torch

sys.dont_write_bytecode = True

warnings.simplefilter("ignore")
torch.set_num_threads(1)
loaded, running = {}, {}


def create(path):
    if path not in loaded:
        folder = os.path.dirname(path)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
        loaded[path] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded[path])
    return loaded[path].create()


def values(request):
    step, numbers = create(request["program"]), []
    for i in range(request["steps"]):
        got = step(i)
        numbers.extend(got if isinstance(got, list) else [got])
    return {"values": [float(x) for x in numbers], "torch": torch.__version__.split("+")[0]}


def timed(request):
    torch.set_num_threads(request["threads"])
    path = request["program"]
    if path not in running:
        running.clear()
        running[path] = [create(path), 0]
    state = running[path]
    again = request.get("again")  # where the work changes as it learns, it starts anew
    cpu, start, steps = time.process_time(), time.perf_counter(), 0
    while True:
        if again and state[1] >= again:
            state[:] = [create(path), 0]
        state[0](state[1])
        state[1] += 1
        steps += 1
        wall = time.perf_counter() - start
        if wall * 1000 >= request["ms"] and not (again and state[1] < again):
            break
    return {"steps": steps, "cpu": (time.process_time() - cpu) * 1000, "wall": wall * 1000}


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = values(request) if request["do"] == "values" else timed(request)
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    print("@@" + json.dumps(answer), flush=True)
