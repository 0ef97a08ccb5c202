"""Measuring process of PyTorch, eager mode: torch_step.py SIZE-AS-JSON THREADS [DEVICE], on the CPU unless told.

The same GPT as src-main/model/transformer.ts. Formulations that PyTorch users choose between
(one fused qkv product or three; scaled_dot_product_attention or plain products; AdamW foreach or fused) are timed
first and the fastest is kept, so that the opponent is at its best on this machine.
"""

import itertools
import json
import sys
import time

import torch
import torch.nn.functional as F

size = json.loads(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
torch.manual_seed(1)
# Everything made from here on lies there; products in full float32 on GPUs, too.
DEVICE = sys.argv[3] if len(sys.argv) > 3 else "cpu"
torch.set_default_device(DEVICE)
torch.backends.cuda.matmul.allow_tf32 = False

WIDTH, HEADS, LAYERS = size["width"], size["heads"], size["layers"]
CONTEXT, VOCABULARY, BATCH = size["context"], size["vocabulary"], size["batchSize"]
HIDDEN = round(WIDTH * size["mlpRatio"])
ATTENTION_BIAS = size["attentionBias"]
PRODUCT_SIZE = size["productSize"]


class Block(torch.nn.Module):
    def __init__(self, fused_qkv, sdpa):
        super().__init__()
        self.fused_qkv, self.sdpa = fused_qkv, sdpa
        self.ln1 = torch.nn.LayerNorm(WIDTH)
        self.ln2 = torch.nn.LayerNorm(WIDTH)
        count, outputs = (1, 3 * WIDTH) if fused_qkv else (3, WIDTH)
        self.qkv = torch.nn.ModuleList(
            [torch.nn.Linear(WIDTH, outputs, bias=ATTENTION_BIAS) for _ in range(count)]
        )
        self.out = torch.nn.Linear(WIDTH, WIDTH, bias=ATTENTION_BIAS)
        self.up = torch.nn.Linear(WIDTH, HIDDEN)
        self.down = torch.nn.Linear(HIDDEN, WIDTH)

    def forward(self, x, mask):
        y = self.ln1(x)
        if self.fused_qkv:
            parts = self.qkv[0](y).split(WIDTH, dim=-1)
        else:
            parts = [linear(y) for linear in self.qkv]
        q, k, v = [part.view(BATCH, CONTEXT, HEADS, -1).transpose(1, 2) for part in parts]
        if self.sdpa:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(-2, -1) * (1 / (WIDTH // HEADS) ** 0.5) + mask
            mixed = scores.softmax(-1) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(BATCH, CONTEXT, WIDTH))
        hidden = self.up(self.ln2(x))
        return x + self.down(F.relu(hidden) if size["activation"] == "relu" else F.gelu(hidden))


class Model(torch.nn.Module):
    def __init__(self, fused_qkv, sdpa):
        super().__init__()
        self.wte = torch.nn.Embedding(VOCABULARY, WIDTH)
        self.wpe = torch.nn.Parameter(torch.randn(CONTEXT, WIDTH) * 0.02)
        torch.nn.init.normal_(self.wte.weight, std=0.05)
        self.blocks = torch.nn.ModuleList([Block(fused_qkv, sdpa) for _ in range(LAYERS)])
        self.ln = torch.nn.LayerNorm(WIDTH)
        self.register_buffer("mask", torch.full((CONTEXT, CONTEXT), float("-inf")).triu(1))

    def loss(self, tokens):
        x = self.wte(tokens[:, :-1]) + self.wpe
        for block in self.blocks:
            x = block(x, self.mask)
        logits = self.ln(x) @ self.wte.weight.T
        return F.cross_entropy(logits.view(-1, VOCABULARY), tokens[:, 1:].reshape(-1))


class Variant:
    def __init__(self, fused_qkv, sdpa, fused_adam):
        self.model = Model(fused_qkv, sdpa)
        parameters = list(self.model.parameters())
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        kind = {"fused": True} if fused_adam else {"foreach": True}
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, **kind)

    def step_ms(self):
        tokens = torch.randint(0, VOCABULARY, (BATCH, CONTEXT + 1))
        start = time.perf_counter()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.model.loss(tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        loss.item()
        return (time.perf_counter() - start) * 1000


def product_rate():
    a = torch.randn(PRODUCT_SIZE, PRODUCT_SIZE)
    b = torch.randn(PRODUCT_SIZE, PRODUCT_SIZE)
    best = 0.0
    for _ in range(20):
        start = time.perf_counter()
        a @ b
        if DEVICE != "cpu":
            torch.cuda.synchronize()
        best = max(best, 2 * PRODUCT_SIZE**3 / (time.perf_counter() - start) / 1e9)
    return best


def fastest_variant(trials):
    """Settings are timed in turn, not one after the other, so that a busy moment hits none of them alone."""
    settings = list(itertools.product([False, True], repeat=3))
    variants = {setting: Variant(*setting) for setting in settings}
    best = {setting: float("inf") for setting in settings}
    for trial in range(trials + 1):
        for setting, variant in variants.items():
            ms = variant.step_ms()
            if trial > 0:
                best[setting] = min(best[setting], ms)
    return min(settings, key=best.get)


def say(message):
    print(json.dumps(message), flush=True)


rate = product_rate()
# With denormals flushed both sides do the same arithmetic; PyTorch users set this, too.
torch.set_flush_denormal(True)
chosen = fastest_variant(size["trials"])
names = ["fused qkv" if chosen[0] else "separate qkv", "sdpa" if chosen[1] else "manual attention"]
names.append("AdamW fused" if chosen[2] else "AdamW foreach")
print(f"torch {torch.__version__}: {', '.join(names)}", file=sys.stderr)
variant = Variant(*chosen)
variant.step_ms()
say({"engine": "torch" if DEVICE == "cpu" else f"torch-{DEVICE}", "gflopsPerSecond": rate})
for _ in sys.stdin:
    steps = size["stepsPerSample"]
    say({"stepMs": [sum(variant.step_ms() for _ in range(steps)) / steps for _ in range(2)]})
