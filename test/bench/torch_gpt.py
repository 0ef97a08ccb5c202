"""The same GPT as src-main/model/transformer.ts in PyTorch, in the formulations that its users choose between."""

import itertools
import time

import torch
import torch.nn.functional as F


class Block(torch.nn.Module):
    def __init__(self, size, fused_qkv, sdpa):
        super().__init__()
        width = size["width"]
        self.size, self.fused_qkv, self.sdpa = size, fused_qkv, sdpa
        self.ln1 = torch.nn.LayerNorm(width)
        self.ln2 = torch.nn.LayerNorm(width)
        count, outputs = (1, 3 * width) if fused_qkv else (3, width)
        bias = size["attentionBias"]
        self.qkv = torch.nn.ModuleList([torch.nn.Linear(width, outputs, bias=bias) for _ in range(count)])
        self.out = torch.nn.Linear(width, width, bias=bias)
        hidden = round(width * size["mlpRatio"])
        self.up = torch.nn.Linear(width, hidden)
        self.down = torch.nn.Linear(hidden, width)

    def forward(self, x, mask):
        batch, time_, width = x.shape
        heads = self.size["heads"]
        y = self.ln1(x)
        if self.fused_qkv:
            parts = self.qkv[0](y).split(width, dim=-1)
        else:
            parts = [linear(y) for linear in self.qkv]
        q, k, v = [part.view(batch, time_, heads, -1).transpose(1, 2) for part in parts]
        if self.sdpa:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(-2, -1) * (1 / (width // heads) ** 0.5) + mask
            mixed = scores.softmax(-1) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, time_, width))
        hidden = self.up(self.ln2(x))
        return x + self.down(F.relu(hidden) if self.size["activation"] == "relu" else F.gelu(hidden))


class Gpt(torch.nn.Module):
    def __init__(self, size, fused_qkv, sdpa):
        super().__init__()
        width, context = size["width"], size["context"]
        self.wte = torch.nn.Embedding(size["vocabulary"], width)
        self.wpe = torch.nn.Parameter(torch.randn(context, width) * 0.02)
        torch.nn.init.normal_(self.wte.weight, std=0.05)
        self.blocks = torch.nn.ModuleList([Block(size, fused_qkv, sdpa) for _ in range(size["layers"])])
        self.ln = torch.nn.LayerNorm(width)
        self.register_buffer("mask", torch.full((context, context), float("-inf")).triu(1))

    def forward(self, tokens):
        """Mean cross-entropy of tokens[:, 1:] for tokens [batch, context + 1]."""
        x = self.wte(tokens[:, :-1]) + self.wpe
        for block in self.blocks:
            x = block(x, self.mask)
        logits = self.ln(x) @ self.wte.weight.T
        return F.cross_entropy(logits.view(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))


# What the settings of a Trainable mean.
SETTINGS = list(itertools.product([False, True], repeat=3))


class Trainable:
    """A model with its optimizer; `setting` is (one qkv product, scaled_dot_product_attention, AdamW fused)."""

    def __init__(self, size, setting, compiled=False):
        fused_qkv, sdpa, fused_adam = setting
        self.size = size
        self.model = Gpt(size, fused_qkv, sdpa)
        parameters = list(self.model.parameters())
        groups = [
            {"params": [p for p in parameters if p.dim() > 1], "weight_decay": 0.01},
            {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
        ]
        kind = {"fused": True} if fused_adam else {"foreach": True}
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, **kind)
        self.loss = torch.compile(self.model) if compiled else self.model

    def tokens(self, batch):
        return torch.randint(0, self.size["vocabulary"], (batch, self.size["context"] + 1))

    def step(self):
        tokens = self.tokens(self.size["batchSize"])
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(tokens)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    def step_ms(self):
        start = time.perf_counter()
        self.step()
        return (time.perf_counter() - start) * 1000


def words(setting):
    fused_qkv, sdpa, fused_adam = setting
    names = ["fused qkv" if fused_qkv else "separate qkv", "sdpa" if sdpa else "manual attention"]
    return ", ".join([*names, "AdamW fused" if fused_adam else "AdamW foreach"])


def fastest_setting(size, trials):
    """Settings are timed in turn, not one after the other, so that a busy moment hits none of them alone."""
    variants = {setting: Trainable(size, setting) for setting in SETTINGS}
    best = {setting: float("inf") for setting in SETTINGS}
    for trial in range(trials + 1):
        for setting, variant in variants.items():
            ms = variant.step_ms()
            if trial > 0:
                best[setting] = min(best[setting], ms)
    return min(SETTINGS, key=best.get)
