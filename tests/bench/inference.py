"""How fast the student answers: the backend `transformers` against one prompt at a time and against a pipeline.

    LION_DATA_HOME=… python tests/bench/inference.py           # some five minutes on two idle cores
    LION_DATA_HOME=… python tests/bench/inference.py --prompts 60 --threads 1

A Llama of 15 million parameters with random weights, 500 real Alpaca prompts in the paper's template, greedy, at most
128 new tokens, float32. So that answers end as real ones do, every 64th token of the vocabulary counts as an end, and
the weights are so wide that a greedy answer wanders and does not fall into a loop: the lengths are then nearly
geometric. Real Alpaca answers, in the same tokens and cut at 128: see the first lines printed. All ways get the same
ends. Prints, asserts nothing.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, pipeline

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from lion.records import Instruction
from lion.student import template
from lion.student.checkpoint import load
from lion.student.inference import Local
from tests.bench.composed import composed

VOCABULARY, NEW_TOKENS, SEED = 8000, 128, 0
ENDS_SHARE = 64
BATCH_TOKENS = 65536
SIZES = (8, 16, 32, 64)
ALONE, TRIED = 60, 100
"""Prompts, drawn at random, that are asked one at a time, and on which a pipeline's best batch size is looked for."""
SETTINGS = composed("infer.temperature=0.0", "infer.top_p=1.0", f"infer.max_new_tokens={NEW_TOKENS}").infer
Texts = list[str]


def spell(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """A byte-level BPE of Alpaca's own words, with the paper's template."""
    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator(texts, trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=inner, bos_token="<s>", eos_token="</s>", pad_token="<pad>", padding_side="left"
    )
    tokenizer.chat_template = template.choose("paper", tokenizer)
    return tokenizer


def publish(folder: Path, tokenizer: PreTrainedTokenizerFast, kv_heads: int) -> None:
    """A checkpoint of random weights."""
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=384,
        intermediate_size=1024,
        num_hidden_layers=6,
        num_attention_heads=6,
        num_key_value_heads=kv_heads,
        max_position_embeddings=2048,
        initializer_range=0.1,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config)
    ends = random.Random(SEED).sample(range(3, VOCABULARY), VOCABULARY // ENDS_SHARE)
    model.generation_config = GenerationConfig(eos_token_id=[2, *ends], pad_token_id=0, bos_token_id=1)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    print(f"{sum(parameter.numel() for parameter in model.parameters()) / 1e6:.1f} million parameters")


def shape(lengths: Sequence[int]) -> str:
    found = torch.tensor([min(length, NEW_TOKENS) for length in lengths]).float()
    tenths = ", ".join(f"{found.quantile(q):.0f}" for q in (0.1, 0.25, 0.5, 0.75, 0.9))
    return f"mean {found.mean():.0f}, deciles 10/25/50/75/90 {tenths}, {(found >= NEW_TOKENS).float().mean():.0%} cut"


def alone(folder: Path, asked: Sequence[Instruction]) -> Texts:
    """`generate` for each prompt by itself."""
    model, tokenizer = load(folder, torch.float32)
    texts = []
    for record in asked:
        prompt = template.prompt(tokenizer, template.conversation(record.instruction, record.input))
        ids = tokenizer(prompt, return_tensors="pt", add_special_tokens=False)
        found = model.generate(**ids, max_new_tokens=NEW_TOKENS, do_sample=False)[0, ids["input_ids"].shape[1] :]
        texts.append(tokenizer.decode(found, skip_special_tokens=True, clean_up_tokenization_spaces=False).strip())
    return texts


def piped(folder: Path, asked: Sequence[Instruction], batch_size: int) -> Texts:
    """transformers' pipeline, with batches of `batch_size`, in the order given."""
    model, tokenizer = load(folder, torch.float32)
    tokenizer.padding_side = "left"
    prompts = [template.prompt(tokenizer, template.conversation(r.instruction, r.input)) for r in asked]
    pipe: Any = pipeline("text-generation", model=model, tokenizer=tokenizer)
    arguments = {"max_new_tokens": NEW_TOKENS, "do_sample": False, "return_full_text": False}
    found = pipe(prompts, batch_size=batch_size, clean_up_tokenization_spaces=False, **arguments)
    return [text["generated_text"].strip() for [text] in found]


def ours(folder: Path, asked: Sequence[Instruction]) -> Texts:
    """The stage's own way, what it keeps against a kill included."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        Local(folder, SETTINGS, SEED, BATCH_TOKENS, Path(scratch)) as student,
    ):
        return [answer.text for answer in student.answers(asked)]


def timed(what: str, asked: Sequence[Instruction], way: Callable[[], Texts]) -> tuple[torch.Tensor, Texts]:
    """Examples a second, by the clock and by CPU time, and the texts. Loading the checkpoint counts for all of them."""
    started, used = time.monotonic(), time.process_time()
    texts = way()
    wall_s, cpu_s = time.monotonic() - started, time.process_time() - used
    rates = len(asked) / torch.tensor([wall_s, cpu_s])
    print(
        f"{what:44}  {len(asked):4} prompts  {wall_s:7.1f} s  {cpu_s:7.1f} s CPU  {rates[0]:7.2f} a second", flush=True
    )
    return rates, texts


def differing(one: Texts, two: Texts) -> str:
    count = sum(a != b for a, b in zip(one, two, strict=True))
    return f"{count} of {len(one)} texts differ"


@click.command()
@click.option("--prompts", "count", default=500, show_default=True)
@click.option("--threads", default=2, show_default=True)
@click.option("--kv-heads", default=2, show_default=True, help="Of 6: shared as in Llama 3; 6 is as in LLaMA.")
def main(count: int, threads: int, kv_heads: int) -> None:
    torch.set_num_threads(threads)
    data = json.loads((Path(os.environ["LION_DATA_HOME"]) / "alpaca/alpaca_data.json").read_text("utf-8"))
    tokenizer = spell([text for record in data[:10_000] for text in record.values()])
    drawn = random.Random(SEED).sample(data, count)
    asked = [Instruction.seed(record["instruction"], record["input"]) for record in drawn]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "student"
        publish(folder, tokenizer, kv_heads)
        compare(folder, tokenizer, asked, [record["output"] for record in drawn])


def compare(folder: Path, tokenizer: PreTrainedTokenizerFast, asked: list[Instruction], outputs: list[str]) -> None:
    rng = random.Random(SEED)
    few, some = (rng.sample(range(len(asked)), min(size, len(asked))) for size in (ALONE, TRIED))
    ours(folder, asked[:4])  # what torch does once is done
    rate, texts = timed("ours", asked, lambda: ours(folder, asked))
    print(f"  real answers: {shape([len(ids) for ids in tokenizer(outputs)['input_ids']])}")
    print(f"  these:        {shape([len(ids) + 1 for ids in tokenizer(texts)['input_ids']])}")
    one, few_texts = timed("one prompt at a time", few, lambda: alone(folder, [asked[place] for place in few]))
    print(f"  {differing(few_texts, [texts[place] for place in few])} from ours")
    rates = {}
    tried = [asked[place] for place in some]
    for size in SIZES:
        way = partial(piped, folder, tried, size)
        rates[size], _ = timed(f"pipeline, batches of {size}, a sample", tried, way)
    best = max(rates, key=lambda size: float(rates[size][0]))
    pipe, piped_texts = timed(f"pipeline, batches of {best}", asked, lambda: piped(folder, asked, best))
    print(f"  {differing(piped_texts, texts)} from ours: sums in another order, and two tokens nearly as likely")
    for name, other, wanted in (("one at a time", one, 10), ("the pipeline", pipe, 1.3)):
        clock, cpu = (rate / other).tolist()
        print(f"ours against {name}: {clock:.2f} x by the clock (wanted {wanted}), {cpu:.2f} x by CPU time")


if __name__ == "__main__":
    main()
