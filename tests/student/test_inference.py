"""The student answers, whatever the batch and however long the prompt."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer, Cache, LlamaForCausalLM

from lion.errors import ModelError
from lion.params import Infer
from lion.records import Answer, Instruction
from lion.student import prompts, template
from lion.student.checkpoint import load, prepare_base
from lion.student.inference import Local, Writer, shares
from lion.student.sampling import greedy as greedy_choice
from lion.student.training import Example


def ask(model: Path, asked: list[Instruction], settings: Infer, tokens: int = 300, seed: int = 1) -> list[Answer]:
    with TemporaryDirectory() as scratch, Local(model, settings, seed, tokens, Path(scratch)) as student:
        return list(student.answers(asked))


def sampled(temperature: float, top_p: float = 1.0, max_new_tokens: int = 8) -> Infer:
    return Infer(
        backend="transformers",
        endpoint=None,
        model=None,
        temperature=temperature,
        top_p=top_p,
        max_new_tokens=max_new_tokens,
    )


def asked(examples: list[Example]) -> list[Instruction]:
    return [Instruction(e.id, e.instruction, e.input, "seed", 0) for e in examples]


def test_overfitted_student_gives_the_answers_and_stops(trained: Path, examples: list[Example], greedy: Infer) -> None:
    found = ask(trained, asked(examples), greedy)
    assert [(a.id, a.text) for a in found] == [(e.id, e.answer) for e in examples]


def test_checkpoint_answers_and_stops_in_plain_transformers(trained: Path, examples: list[Example]) -> None:
    model, tokenizer = AutoModelForCausalLM.from_pretrained(trained), AutoTokenizer.from_pretrained(trained)
    for example in examples:
        prompt = tokenizer.apply_chat_template(
            template.conversation(example.instruction, example.input), add_generation_prompt=True, return_tensors="pt"
        )
        found = model.generate(**prompt, max_new_tokens=50)[0, prompt["input_ids"].shape[1] :]
        assert found[-1] == tokenizer.eos_token_id
        assert tokenizer.decode(found, skip_special_tokens=True) == example.answer


def test_greedy_answers_are_those_of_transformers_own_loop(trained: Path) -> None:
    """Rows that leave the batch early, at different steps, change nothing for those that stay."""
    model, tokenizer = load(trained)
    many = [
        Instruction.seed(f"Name the colour of {thing}") for thing in ["snow", "x", "grass and coal", "", "the sky"] * 3
    ]
    settings = sampled(0.0, max_new_tokens=40)
    expected = []
    for record in many:
        [ids], _ = prompts.encode(tokenizer, [record], None)
        [found] = model.generate(torch.tensor([ids]), max_new_tokens=40)
        expected.append(tokenizer.decode(found[len(ids) :], skip_special_tokens=True).strip())
    assert len({len(text) for text in expected}) > 1
    assert [answer.text for answer in ask(trained, many, settings, 2000)] == expected


@pytest.mark.parametrize(("temperature", "top_p"), [(0.0, 1.0), (0.7, 1.0), (1.0, 0.8)])
def test_one_row_at_a_time_and_all_at_once_give_the_same_answers(base: Path, temperature: float, top_p: float) -> None:
    settings = sampled(temperature, top_p)
    many = [Instruction.seed("Name " + "the colour of " * (place % 5) + str(place)) for place in range(70)]
    together = ask(base, many, settings, 10_000)
    assert ask(base, many, settings, 1) == together
    assert ask(base, many[::-1], settings, 300) == together[::-1]


def test_another_seed_gives_other_answers(base: Path) -> None:
    settings = sampled(1.0)
    many = [Instruction.seed(f"Name {place}") for place in range(8)]
    assert ask(base, many, settings, seed=1) == ask(base, many, settings, seed=1)
    assert ask(base, many, settings, seed=1) != ask(base, many, settings, seed=2)


def test_no_instructions_give_no_answers(base: Path, greedy: Infer) -> None:
    assert ask(base, [], greedy) == []


def test_student_that_says_nothing_answers_with_empty_text(trained: Path, tmp_path: Path, greedy: Infer) -> None:
    model, tokenizer = load(trained)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
        model.generation_config.eos_token_id = list(range(len(tokenizer)))
    model.save_pretrained(tmp_path / "mute")
    tokenizer.save_pretrained(tmp_path / "mute")
    assert [a.text for a in ask(tmp_path / "mute", [Instruction.seed("Name")], greedy)] == [""]


def test_long_prompt_loses_the_beginning_of_its_input_first(base: Path) -> None:
    _, tokenizer = load(base)
    record = Instruction.seed("Name the colour of", "begin " + "grass " * 500 + "end")
    [ids], cut = prompts.encode(tokenizer, [record], 100)
    text = tokenizer.decode(ids)
    assert (len(ids), cut) == (100, 1)
    assert text.startswith("### Instruction:\nName the colour of\n\n### Input:\n")
    assert text.endswith("grass end\n\n### Response:\n")
    assert "begin" not in text


def test_long_instruction_loses_its_own_beginning(base: Path) -> None:
    _, tokenizer = load(base)
    [ids], _ = prompts.encode(tokenizer, [Instruction.seed("begin " + "grass " * 500 + "end", "input")], 100)
    text = tokenizer.decode(ids)
    assert len(ids) == 100
    assert text.startswith("### Instruction:\n")
    assert text.endswith("grass end\n\n### Input:\ninput\n\n### Response:\n")


def test_frame_that_does_not_fit_is_cut_too(base: Path) -> None:
    _, tokenizer = load(base)
    [ids], _ = prompts.encode(tokenizer, [Instruction.seed("Name " * 50, "input")], 10)
    assert len(ids) == 10


def test_prompts_longer_than_the_model_are_cut_and_counted(
    tmp_path: Path, publish: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    prepare_base(str(publish(tmp_path / "raw", positions=128)), None, "paper", tmp_path / "base")
    settings = sampled(0.7, max_new_tokens=1024)
    texts = ["Name the sky", "word " * 4000, "\U0001f600" * 1000]
    with caplog.at_level(logging.WARNING):
        found = ask(tmp_path / "base", [Instruction.seed(text) for text in texts], settings)
    assert len(found) == 3
    assert "2 of 3 prompts cut to 64 tokens" in caplog.text


def test_checkpoint_that_is_not_whole_is_one_line(tmp_path: Path, raw: Path, greedy: Infer) -> None:
    with pytest.raises(ModelError, match=r"no such checkpoint\. Restore it with: dvc checkout"):
        ask(tmp_path / "nowhere", [Instruction.seed("Name")], greedy)
    with pytest.raises(ModelError, match="no pad token, so it is not a prepared student"):
        ask(raw, [Instruction.seed("Name")], greedy)


@given(st.lists(st.integers(1, 90), max_size=80), st.integers(1, 30), st.integers(1, 2000))
def test_every_row_is_in_one_share_and_no_share_holds_more_tokens_than_the_budget(
    lengths: list[int], new_tokens: int, budget: int
) -> None:
    found = shares(lengths, new_tokens, budget)
    order = [place for share in found for place in share.places]
    assert sorted(order) == list(range(len(lengths)))
    assert [lengths[place] for place in order] == sorted(lengths, reverse=True)
    for share in found:
        assert share.slots == 1 or share.slots * (lengths[share.places[0]] + new_tokens) <= budget


def test_a_large_pool_has_shares_enough_for_many_processes_and_a_small_one_is_not_cut_up() -> None:
    assert len(shares([40] * 52_000, 1024, 65_536)) > 48
    assert [share.slots for share in shares([40] * 100, 60, 10_000)] == [100]


class Cramped(LlamaForCausalLM):
    """A student on a machine that holds at most `most` rows at a time, and says so as torch does."""

    most = 3

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        position_ids: torch.Tensor,
        past_key_values: Cache,
        logits_to_keep: int,
        **others: Any,
    ) -> Any:
        if len(input_ids) > self.most:
            self.refuse()
        return super().forward(
            input_ids,
            attention_mask,
            position_ids,
            past_key_values,
            logits_to_keep=logits_to_keep,
            **others,
        )

    def refuse(self) -> None:
        torch.empty(1 << 60, dtype=torch.uint8)


class CrampedGPU(Cramped):
    """The same, on an accelerator."""

    def refuse(self) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")


def write(model: Any, tokenizer: Any, count: int) -> list[str]:
    records = [Instruction.seed("Name " + "the colour of " * (place % 5) + str(place)) for place in range(count)]
    encoded, _ = prompts.encode(tokenizer, records, None)
    writer = Writer(model, tokenizer, encoded, 8, lambda places: greedy_choice)
    texts = {}
    for share in shares([len(row) for row in encoded], 8, 1500):
        texts |= writer.texts(share)
    return [texts[place] for place in range(count)]


@pytest.mark.parametrize("cramped", [Cramped, CrampedGPU])
def test_where_the_memory_does_not_suffice_fewer_rows_go_at_a_time_and_none_is_lost(
    base: Path, cramped: type[Cramped], caplog: pytest.LogCaptureFixture
) -> None:
    model, tokenizer = load(base, torch.float32)
    roomy = write(model, tokenizer, 40)
    with caplog.at_level(logging.WARNING):
        assert write(cramped.from_pretrained(base, dtype=torch.float32).eval(), tokenizer, 40) == roomy
    assert "going on with 3 rows at a time" in caplog.text


def test_a_row_that_does_not_fit_by_itself_is_told(base: Path) -> None:
    model, tokenizer = Cramped.from_pretrained(base, dtype=torch.float32).eval(), load(base)[1]
    model.most = 0
    with pytest.raises(ModelError, match=r"not enough memory for one row .* Lower infer\.max_new_tokens"):
        write(model, tokenizer, 2)


def test_kept_answers_are_taken_as_they_are_and_forgotten_in_the_end(base: Path, tmp_path: Path) -> None:
    many, settings = [Instruction.seed(f"Name {place}") for place in range(40)], sampled(1.0)
    whole = ask(base, many, settings)
    with Local(base, settings, 1, 300, tmp_path) as student:
        assert list(student.answers(many)) == whole
        [file] = tmp_path.rglob("*.jsonl")
        lines = [line for line in file.read_bytes().split(b"\n") if line]
        changed = json.loads(lines[0]) | {place: "kept" for place in json.loads(lines[0])}
        # As a kill leaves it: whole lines, and one that is cut off.
        file.write_bytes(json.dumps(changed).encode() + b"\n" + lines[1][: len(lines[1]) // 2])
        again = list(student.answers(many))
        taken = [place for place, answer in enumerate(again) if answer.text == "kept"]
        assert taken == sorted(int(place) for place in changed)
        assert [answer for place, answer in enumerate(again) if place not in taken] == [
            answer for place, answer in enumerate(whole) if place not in taken
        ]
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize("other", ["settings", "seed", "rows", "checkpoint"])
def test_answers_that_something_else_determined_are_not_taken(
    base: Path, trained: Path, tmp_path: Path, other: str
) -> None:
    many = [Instruction.seed(f"Name {place}") for place in range(4)]
    with suppress(KeyboardInterrupt), Local(base, sampled(1.0), 1, 300, tmp_path) as student:
        list(student.answers(many))
        raise KeyboardInterrupt  # so that they are kept
    model, settings, seed = base, sampled(1.0), 1
    if other == "settings":
        settings = sampled(0.9)
    elif other == "seed":
        seed = 2
    elif other == "rows":
        many = [*many, Instruction.seed("Name more")]
    else:
        model = trained
    with suppress(KeyboardInterrupt), Local(model, settings, seed, 300, tmp_path) as student:
        list(student.answers(many))
        raise KeyboardInterrupt
    assert len({path.parent for path in tmp_path.rglob("*.jsonl")}) == 2
