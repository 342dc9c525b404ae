"""How quickly does a student learn real Alpaca records, against the reference recipe and TRL's packing?

    LION_DATA_HOME=… python tests/bench/training.py                    # about ten minutes on two idle cores
    LION_DATA_HOME=… python tests/bench/training.py --steps 10         # a look

A Llama of 14.5M parameters with random weights, 2,000 records, float32, the same optimiser steps for Lion and for the
reference: `transformers.Trainer`, batches as they are drawn, padded on the right to their longest. TRL packs by its own
order, so its steps hold as many tokens on average but other examples; a third of them must do. Each runs in a process
of its own; they take turns, a few steps each, so that a noisy machine is noisy for all; ratios are the medians over the
turns. Tokens are those of prompts and answers, padding not counted. Prints, asserts nothing.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

RECORDS, BATCH, VOCABULARY, LENGTH = 2000, 32, 32_000, 1024
OWN = (
    "train.method=full",
    "train.epochs=1",
    f"train.batch_size={BATCH}",
    "train.learning_rate=1e-3",
    "train.warmup_share=0.03",
    "train.weight_decay=0.0",
    f"train.max_length={LENGTH}",
    "train.on_long=cut",
    "train.precision=float32",
    "runtime.checkpoint_every_steps=1000000000",
)
"""What the default profile is changed in."""
CONTENDERS = {"reference": "Trainer, right padding", "lion": "Lion", "trl": "TRL SFTTrainer, packing"}


@click.command()
@click.option(
    "--steps", type=int, default=-(-RECORDS // BATCH), show_default=True, help="Optimiser steps of each; TRL a third."
)
@click.option("--turn", type=int, default=5, show_default=True, help="Steps before the next one has its turn.")
@click.option("--only", multiple=True, type=click.Choice(list(CONTENDERS)), help="Leave out the others.")
@click.option(
    "--micro", default=8, show_default=True, help="Rows in a forward pass of the reference: Trainer's default."
)
@click.option("--tokens", default=1024, show_default=True, help="Lion's runtime.micro_batch_tokens.")
@click.option("--threads", default=2, show_default=True)
@click.option("--child", hidden=True)
@click.option("--home", type=Path, hidden=True)
def main(
    steps: int, turn: int, only: tuple[str, ...], micro: int, tokens: int, threads: int, child: str, home: Path
) -> None:
    if child:
        return contend(child, home, steps, turn, micro, tokens)
    names = [name for name in CONTENDERS if name in (only or CONTENDERS)]
    os.environ |= {"OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        flags = [f"--turn={turn}", f"--micro={micro}", f"--tokens={tokens}"]
        length = {name: -(-steps // 3) if name == "trl" else steps for name in names}  # its losses compare with nothing
        runs = {name: Run(name, Path(folder), [*flags, f"--steps={length[name]}"]) for name in names}
        while any(not run.is_over for run in runs.values()):
            for run in runs.values():
                run.go()
    show(runs)


def prepare(home: Path) -> None:
    """A tokenizer that has read Alpaca, a base student and the first records."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    from lion.student.checkpoint import prepare_base

    found = json.loads((Path(os.environ["LION_DATA_HOME"]) / "alpaca" / "alpaca_data.json").read_text("utf-8"))
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    special = ["<s>", "</s>", "<pad>"]
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    inner.train_from_iterator((" ".join(record.values()) for record in found), trainer)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=256,
        intermediate_size=688,
        num_hidden_layers=8,
        num_attention_heads=4,
        max_position_embeddings=LENGTH,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=1,
        pad_token_id=2,
    )
    tokenizer.save_pretrained(home / "raw")
    LlamaForCausalLM(config).save_pretrained(home / "raw")
    prepare_base(str(home / "raw"), None, "paper", home / "base")
    stride = len(found) // RECORDS
    (home / "records.json").write_text(json.dumps(found[::stride][:RECORDS]))


class Run:
    """A contender in a process of its own, which waits for its turn."""

    def __init__(self, name: str, home: Path, flags: list[str]) -> None:
        command = [sys.executable, __file__, f"--child={name}", f"--home={home}", *flags]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.turns: list[dict[str, Any]] = []
        self.is_over = False
        self.about = self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        self.is_over = not line
        return json.loads(line) if line else {}

    def go(self) -> None:
        """Let it have its turn, and wait until it has had it."""
        if self.is_over or "missing" in self.about:
            self.is_over = True
            return
        assert self.process.stdin
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        if turn := self._read():
            self.turns.append(turn)
            self.is_over = turn["is_last"]

    @property
    def losses(self) -> list[float]:
        return [loss for turn in self.turns for loss in turn["losses"]]

    def speeds(self, clock: str) -> list[float]:
        return [turn["tokens"] / turn[clock] for turn in self.turns]


def contend(name: str, home: Path, steps: int, turn: int, micro: int, tokens: int) -> None:
    """In the child: train, and tell of each turn."""
    from lion.student import checkpoint, labels, trainer, vocabulary
    from lion.student.labels import Example
    from tests.bench.composed import composed

    model, tokenizer = checkpoint.load(home / "base")
    records = json.loads((home / "records.json").read_text())
    examples = [Example(str(n), r["instruction"], r["input"], r["output"]) for n, r in enumerate(records)]
    rows = labels.encode(tokenizer, examples, vocabulary.eos_ids(model, tokenizer), LENGTH).rows
    settings = composed(*OWN, f"runtime.micro_batch_tokens={tokens}")
    ours = trainer.build(
        model, rows, settings.train, settings.runtime, random_seed=1, folder=home / "lion", speed=home / "speed.csv"
    )
    counted = {"tokens": 0}
    if name == "lion":
        run: Any = ours
    elif name == "reference":
        run = reference(home, rows, ours, micro)
    else:
        run = trl(home, rows, ours, counted)
    if run is None:
        return print(json.dumps({"missing": "trl is not installed: pip install trl"}), flush=True)
    by_order = name != "trl"
    run.add_callback(pause(turn, steps, counted, ours.order.tokens if by_order else None))
    run.train()


def pause(turn: int, steps: int, counted: dict[str, int], tokens: Any) -> Any:
    """A callback that tells of every `turn` steps and waits for leave to go on."""
    from transformers import TrainerCallback

    class Pause(TrainerCallback):
        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            print(json.dumps({"steps": state.max_steps}), flush=True)
            self._wait()

        def _wait(self) -> None:
            sys.stdin.readline()
            self.losses: list[float] = []
            self.tokens, self.before = 0, counted["tokens"]
            self.started, self.used = time.perf_counter(), time.process_time()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            if "loss" not in logs:
                return
            self.losses.append(logs["loss"])
            self.tokens += tokens(state.global_step) if tokens else 0
            is_last = state.global_step >= min(steps, state.max_steps)
            if is_last or len(self.losses) == turn:
                self._tell(is_last)
            if is_last:
                os._exit(0)  # without the rest of a longer training
            if len(self.losses) == turn:
                self._wait()

        def _tell(self, is_last: bool) -> None:
            told = {
                "is_last": is_last,
                "seconds": time.perf_counter() - self.started,
                "cpu_seconds": time.process_time() - self.used,
                "tokens": self.tokens or counted["tokens"] - self.before,
                "losses": self.losses,
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
            }
            print(json.dumps(told), flush=True)

    return Pause()


def fields(home: Path, ours: Any) -> dict[str, Any]:
    """What the others share with Lion's arguments."""
    return {
        "output_dir": str(home / "other"),
        "num_train_epochs": 1,
        "learning_rate": ours.args.learning_rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": ours.args.warmup_steps,
        "weight_decay": 0.0,
        "seed": 1,
        "save_strategy": "no",
        "logging_steps": 1,
        "log_level": "error",
        "disable_tqdm": True,
        "report_to": "none",
        "use_cpu": True,
        "dataloader_pin_memory": False,
        "remove_unused_columns": False,
    }


def reference(home: Path, rows: list[Any], ours: Any, micro: int) -> Any:
    """The stock Trainer on Lion's optimiser steps, with the batches as they come."""
    import torch
    from torch.nn.utils.rnn import pad_sequence
    from transformers import PrinterCallback, Trainer, TrainingArguments

    from lion.student import checkpoint

    class Reference(Trainer):
        def _get_train_sampler(self, train_dataset: Any = None) -> Any:
            return [place for step in ours.order.steps(0) for place in step]

    def collate(batch: list[Any]) -> dict[str, torch.Tensor]:
        ids = [torch.tensor(row.ids) for row in batch]
        return {
            "input_ids": pad_sequence(ids, batch_first=True, padding_value=2),
            "attention_mask": pad_sequence([torch.ones_like(row) for row in ids], batch_first=True),
            "labels": pad_sequence([torch.tensor(row.labels) for row in batch], batch_first=True, padding_value=-100),
        }

    model, _ = checkpoint.load(home / "base")
    args = TrainingArguments(
        per_device_train_batch_size=micro, gradient_accumulation_steps=BATCH // micro, **fields(home, ours)
    )
    run = Reference(model, args, collate, rows)  # type: ignore[arg-type]
    run.remove_callback(PrinterCallback)
    return run


def trl(home: Path, rows: list[Any], ours: Any, counted: dict[str, int]) -> Any:
    """TRL's SFTTrainer: best-fit packing into rows of the greatest length, loss on the completion alone."""
    try:
        from trl import SFTConfig, SFTTrainer
    except ImportError:
        return None
    from datasets import Dataset
    from transformers import PrinterCallback

    from lion.student import checkpoint

    model, tokenizer = checkpoint.load(home / "base")
    columns = {
        "input_ids": [row.ids for row in rows],
        "completion_mask": [[int(place >= row.prompt) for place in range(len(row.ids))] for row in rows],
    }
    steps = len(ours.order)
    tokens = sum(len(row.ids) for row in rows)
    args = SFTConfig(
        packing=True,
        max_length=LENGTH,
        completion_only_loss=True,
        per_device_train_batch_size=1,
        gradient_accumulation_steps=max(1, round(tokens / LENGTH / steps)),
        bf16=False,
        gradient_checkpointing=False,
        **fields(home, ours),
    )
    run = SFTTrainer(model, args, train_dataset=Dataset.from_dict(columns), processing_class=tokenizer)
    run.remove_callback(PrinterCallback)
    inner = run.data_collator

    def count(batch: list[Any]) -> Any:
        found = inner(batch)
        counted["tokens"] += found["input_ids"].numel()
        return found

    run.data_collator = count
    return run


def show(runs: dict[str, Run]) -> None:
    print(f"{'':24}  steps  tokens/s  Lion's ratio (least, most)  of CPU time  peak MB  mean loss, last quarter")
    for name, run in runs.items():
        if "missing" in run.about:
            print(f"{CONTENDERS[name]:24}  {run.about['missing']}")
            continue
        each = ratios(runs, name, "seconds")
        told = f"{statistics.median(each):.2f} ({min(each):.2f}, {max(each):.2f})"
        of_cpu = statistics.median(ratios(runs, name, "cpu_seconds"))
        last = statistics.mean(run.losses[-max(1, len(run.losses) // 4) :])
        print(
            f"{CONTENDERS[name]:24}  {len(run.losses):5}  {statistics.median(run.speeds('seconds')):8,.0f}  "
            f"{told:26}  {of_cpu:11.2f}  {run.turns[-1]['peak_mb']:7,.0f}  {last:.4f}"
        )
    if {"lion", "reference"} <= set(runs):
        apart = [abs(a - b) for a, b in zip(runs["lion"].losses, runs["reference"].losses, strict=True)]
        print(f"Loss of Lion and of the reference, same steps: at most {max(apart):.2e} apart, {apart[0]:.2e} at first")


def ratios(runs: dict[str, Run], name: str, clock: str) -> list[float]:
    """Lion's speed over that of `name`, turn by turn."""
    lion = runs.get("lion", runs[name])
    return [a / b for a, b in zip(lion.speeds(clock), runs[name].speeds(clock), strict=False)]


if __name__ == "__main__":
    main()
