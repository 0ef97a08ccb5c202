"""A pool as a PyTorch script trains it: torch_pool.py JOB-AS-JSON. One process, PyTorch's default threads, one candidate
after the other, each with its evaluations. Prints {"seconds", "threads", "setting"}; finding the fastest formulation and
a first step are not timed.
"""

import json
import sys
import time

import torch
from torch_gpt import Trainable, fastest_setting, words

job = json.loads(sys.argv[1])
size = job["size"]
torch.manual_seed(1)
torch.set_flush_denormal(True)
setting = fastest_setting(size, job["trials"])

start = time.perf_counter()
for _ in range(job["candidates"]):
    candidate = Trainable(size, setting)
    validation = [candidate.tokens(job["evaluationBatchSize"]) for _ in range(job["evaluationBatches"])]
    for step in range(job["steps"] + 1):
        if step in job["evaluateAt"]:
            with torch.no_grad():
                sum(candidate.model(tokens).item() for tokens in validation)
        if step < job["steps"]:
            candidate.step()
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "threads": torch.get_num_threads(), "setting": words(setting)}))
