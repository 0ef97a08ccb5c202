"""Measuring process of PyTorch: torch_step.py SIZE-AS-JSON THREADS [--device cuda] [--compile].

Eager unless told to compile, on the CPU unless told. The fastest of the formulations of torch_gpt.py is found first and
kept, so that the opponent is at its best on this machine.
"""

import argparse
import json
import sys
import time

import torch
from torch_gpt import Trainable, fastest_setting, words

parser = argparse.ArgumentParser()
parser.add_argument("size", type=json.loads)
parser.add_argument("threads", type=int)
parser.add_argument("--device", default="cpu")
parser.add_argument("--compile", action="store_true")
options = parser.parse_args()
size = options.size
torch.set_num_threads(options.threads)
torch.manual_seed(1)
# Everything made from here on lies there; products in full float32 on GPUs, too.
torch.set_default_device(options.device)
torch.backends.cuda.matmul.allow_tf32 = False


def product_rate():
    side = size["productSize"]
    a, b = torch.randn(side, side), torch.randn(side, side)
    best = 0.0
    for _ in range(20):
        start = time.perf_counter()
        a @ b
        if options.device != "cpu":
            torch.cuda.synchronize()
        best = max(best, 2 * side**3 / (time.perf_counter() - start) / 1e9)
    return best


def say(message):
    print(json.dumps(message), flush=True)


rate = product_rate()
# With denormals flushed both sides do the same arithmetic; PyTorch users set this, too.
torch.set_flush_denormal(True)
setting = fastest_setting(size, size["trials"])
print(f"torch {torch.__version__}: {words(setting)}", file=sys.stderr)
trainable = Trainable(size, setting, options.compile)
for _ in range(3 if options.compile else 1):
    trainable.step()
name = "torch.compile" if options.compile else "torch"
say({"engine": name if options.device == "cpu" else f"{name}-{options.device}", "gflopsPerSecond": rate})
for _ in sys.stdin:
    steps = size["stepsPerSample"]
    say({"stepMs": [sum(trainable.step_ms() for _ in range(steps)) / steps for _ in range(2)]})
