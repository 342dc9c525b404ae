"""Makes `models/cub`, the base student: a Llama of about a million parameters that has read, but was never instructed.

It knows nothing about the paper's loop. The texts are the curriculum's, in wordings that no seed, no generated task and
no exam question has, and never about content that is held out for an exam.

Run it as `python -m lion.classroom.pretrain`.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from math import cos, pi
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from lion.classroom.curriculum import BY_NAME, lexicon

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

CONTAINERS = (
    ("Q: {}\nA:", " {}"),
    ("Q: {} A:", " {}"),
    ("Task: {}\nResult:", "\n{}"),
    ("* {}\n  >", " {}"),
    ("{}", " {}"),
    ("{}", "\n{}"),
)
"""How a question and its answer may stand on a page; none is the format of fine-tuning."""

MARKUP = ("### Instruction:\n", "### Input:\n", "### Response:\n")
"""Headings that any tokenizer knows. They shape the pieces alone; the model reads none of them."""

BOS, EOS = "<s>", "</s>"

READ_IN_TURN = (
    "addition", "largest", "position", "lookup", "metres", "next-number", "elimination", "subtraction",
    "smallest", "replacement", "owner", "money", "missing-number", "claims", "having-more", "letter-count",
    "weekday", "kilograms", "next-letter", "seniority", "doubling", "neighbour", "initials", "month",
)  # fmt: skip
"""The families, each as often as the others. Their order is the base's own: how common they are among the seeds may
change without another base."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the model is and how long it reads."""

    examples: int = 280_000
    batch_size: int = 64
    learning_rate: float = 4e-3
    matrix_learning_rate: float = 6e-3
    statement_weight: float = 0.2
    warmup_share: float = 0.02
    pieces: int = 1024
    spelled: int = 20_000
    """How many texts, and as many tasks, shape the pieces."""
    width: int = 128
    layers: int = 4
    heads: int = 4
    positions: int = 512
    threads: int = 2
    """Fixed, because the order in which sums are taken hangs on it, and with it the last bits of the result."""
    random_seed: int = 20230522


@dataclass(frozen=True, slots=True)
class Example:
    """A text as piece ids, of which the first `stated` are not the conclusion."""

    pieces: array[int]
    stated: int


def texts(count: int, random_seed: int) -> Iterator[tuple[str, str]]:
    """Yield texts, each as what it states and what it concludes with; every family equally often."""
    rng = Random(random_seed)
    for number in range(count):
        family = BY_NAME[READ_IN_TURN[number % len(READ_IN_TURN)]]
        data = family.content(rng, "pool")
        opener = rng.choice(lexicon.BASE_OPENERS) if rng.random() < 0.35 else ""
        closer = rng.choice(lexicon.BASE_CLOSERS) if rng.random() < 0.2 else ""
        question = rng.choice(family.base_wordings).pose(data, rng, opener, closer).text
        before, after = rng.choice(CONTAINERS)
        yield before.format(question), after.format(family.answer(data))


def make_tokenizer(plan: Plan) -> PreTrainedTokenizerFast:
    """Return a byte-level BPE tokenizer: any text has pieces, every digit is a piece of its own."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=plan.pieces,
        special_tokens=[BOS, EOS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    corpus = chain(map("".join, texts(plan.spelled, plan.random_seed)), _plain_english(plan.spelled), MARKUP * 2_000)
    tokenizer.train_from_iterator(corpus, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{BOS} $A", special_tokens=[(BOS, 0)])
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token=BOS, eos_token=EOS, model_max_length=plan.positions
    )


def _plain_english(count: int) -> Iterator[str]:
    """Yield the curriculum's tasks without answers: the words of its English, for the pieces alone."""
    rng = Random(count)
    for number in range(count):
        family = BY_NAME[READ_IN_TURN[number % len(READ_IN_TURN)]]
        yield family.pose(family.content(rng, "pool"), rng).text


def make_model(plan: Plan, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Return the untrained model."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(plan.random_seed)
    torch.set_num_threads(plan.threads)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=plan.width,
        intermediate_size=plan.width * 11 // 4,
        num_hidden_layers=plan.layers,
        num_attention_heads=plan.heads,
        num_key_value_heads=plan.heads,
        max_position_embeddings=plan.positions,
        tie_word_embeddings=True,
        initializer_range=0.06,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    return LlamaForCausalLM(config)


def batches(plan: Plan, tokenizer: PreTrainedTokenizerFast) -> list[list[Example]]:
    """Return the examples in batches, texts of like length together so that little is padding."""
    examples = list(_examples(plan, tokenizer))
    rng = Random(plan.random_seed)
    rng.shuffle(examples)
    examples.sort(key=lambda example: len(example.pieces))
    found = [examples[start : start + plan.batch_size] for start in range(0, len(examples), plan.batch_size)]
    rng.shuffle(found)
    return found


def _examples(plan: Plan, tokenizer: PreTrainedTokenizerFast) -> Iterator[Example]:
    """Yield the texts in pieces, tokenized some thousands at a time to be quick and small in memory."""
    pairs = texts(plan.examples, plan.random_seed)
    while some := list(islice(pairs, 5_000)):
        stated = tokenizer([before for before, _ in some])["input_ids"]
        concluded = tokenizer([after + EOS for _, after in some], add_special_tokens=False)["input_ids"]
        for before, after in zip(stated, concluded, strict=True):
            yield Example(array("H", before + after), len(before))


def read(plan: Plan, model: LlamaForCausalLM, all_batches: list[list[Example]]) -> None:
    """Train the model on every batch once and tell how far it is."""
    import torch

    optimisers: tuple[torch.optim.AdamW | Muon, ...] = _optimisers(plan, model)
    usual = [optimiser.param_groups[0]["lr"] for optimiser in optimisers]
    steps, started, mean = len(all_batches), time.monotonic(), 0.0
    model.train()
    for step, batch in enumerate(all_batches):
        loss = _loss(model, batch, plan.statement_weight)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimiser, rate in zip(optimisers, usual, strict=True):
            optimiser.param_groups[0]["lr"] = rate * _schedule(step, steps, plan.warmup_share)
            optimiser.step()
        model.zero_grad()
        mean = loss.item() if step == 0 else 0.99 * mean + 0.01 * loss.item()
        if (step + 1) % max(1, steps // 20) == 0:
            print(f"step {step + 1}/{steps}  loss {mean:.3f}  {time.monotonic() - started:.0f} s", flush=True)


def _optimisers(plan: Plan, model: LlamaForCausalLM) -> tuple[torch.optim.AdamW, Muon]:
    import torch

    inner = [weight for name, weight in model.named_parameters() if weight.ndim == 2 and "embed" not in name]
    ours = {id(weight) for weight in inner}
    others = [weight for weight in model.parameters() if id(weight) not in ours]
    adam = torch.optim.AdamW(others, lr=plan.learning_rate, betas=(0.9, 0.98), weight_decay=0.01)
    return adam, Muon(inner, plan.matrix_learning_rate)


class Muon:
    """Momentum made orthogonal, for the matrices inside the model (K. Jordan and others, 2024).

    Measured here, it needs a third fewer texts than AdamW. PyTorch's own works in bfloat16, which is slow on a
    processor; this one works in float32 and on all matrices of a shape at once.
    """

    MOMENTUM, DECAY, ROUNDS = 0.95, 0.01, 5
    QUINTIC = (3.4445, -4.7750, 2.0315)

    def __init__(self, matrices: list[torch.nn.Parameter], learning_rate: float) -> None:
        import torch

        self.param_groups: list[dict[str, float]] = [{"lr": learning_rate}]
        self._by_shape: dict[torch.Size, list[torch.nn.Parameter]] = {}
        for matrix in matrices:
            self._by_shape.setdefault(matrix.shape, []).append(matrix)
        self._momentum = {shape: torch.zeros(len(alike), *shape) for shape, alike in self._by_shape.items()}

    def step(self) -> None:
        """Move every matrix by the learning rate times an orthogonal matrix near its momentum."""
        import torch

        rate = self.param_groups[0]["lr"]
        with torch.no_grad():
            for shape, alike in self._by_shape.items():
                gradient = torch.stack([matrix.grad for matrix in alike if matrix.grad is not None])
                momentum = self._momentum[shape].lerp_(gradient, 1 - self.MOMENTUM)
                moves = self._orthogonal(gradient.lerp(momentum, self.MOMENTUM)) * 0.2 * max(shape) ** 0.5
                for matrix, move in zip(alike, moves, strict=True):
                    matrix.mul_(1 - rate * self.DECAY).sub_(move, alpha=rate)

    def _orthogonal(self, matrices: torch.Tensor) -> torch.Tensor:
        """Return the matrices with all their singular values brought near 1, by Newton and Schulz's iteration."""
        tall = matrices.shape[-2] > matrices.shape[-1]
        found = matrices.mT if tall else matrices
        found = found / (found.norm(dim=(-2, -1), keepdim=True) + 1e-7)
        a, b, c = self.QUINTIC
        for _ in range(self.ROUNDS):
            gram = found @ found.mT
            found = a * found + (b * gram + c * gram @ gram) @ found
        turned: torch.Tensor = found.mT if tall else found
        return turned


def _loss(model: LlamaForCausalLM, batch: list[Example], statement_weight: float) -> torch.Tensor:
    """Return the mean loss, where a piece of the statement weighs less than one of the conclusion.

    A statement's numbers and names are drawn at random: there is little to learn in guessing them. What is padded
    stands at the end, where no real piece can look at it, and weighs nothing.
    """
    import torch

    length = max(len(example.pieces) for example in batch)
    ids = torch.tensor([[*example.pieces, *[0] * (length - len(example.pieces))] for example in batch])
    places = torch.arange(length)
    stated = torch.tensor([[example.stated] for example in batch])
    ends = torch.tensor([[len(example.pieces)] for example in batch])
    weights = torch.where(places < stated, statement_weight, 1.0) * (places < ends)
    logits = model(input_ids=ids).logits
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    mean: torch.Tensor = (losses * weights[:, 1:].flatten()).sum() / weights[:, 1:].sum()
    return mean


def _schedule(step: int, steps: int, warmup_share: float) -> float:
    warmup = max(1, round(steps * warmup_share))
    if step < warmup:
        return (step + 1) / warmup
    return 0.5 * (1 + cos(pi * (step - warmup) / max(1, steps - warmup)))


def pretrain(folder: Path, plan: Plan) -> None:
    """Write model and tokenizer to the folder, all of it or, where something fails, nothing."""
    tokenizer = make_tokenizer(plan)
    model = make_model(plan, tokenizer)
    print(f"{model.num_parameters():,} parameters, {len(tokenizer)} pieces", flush=True)
    read(plan, model, batches(plan, tokenizer))
    unfinished = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        model.save_pretrained(unfinished)
        tokenizer.save_pretrained(unfinished)
        shutil.rmtree(folder, ignore_errors=True)
        unfinished.rename(folder)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and make the model."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # on a busy machine, threads that wait by spinning stall it
    usual = Plan()
    parser = argparse.ArgumentParser(prog="python -m lion.classroom.pretrain", description="Make the base student cub.")
    parser.add_argument("--folder", type=Path, default=Path("models/cub"), help="where to write it")
    parser.add_argument("--examples", type=int, default=usual.examples, help="how many texts it reads")
    parser.add_argument("--random-seed", type=int, default=usual.random_seed)
    given = parser.parse_args(arguments)
    pretrain(given.folder, Plan(examples=given.examples, random_seed=given.random_seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
