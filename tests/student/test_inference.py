"""The student answers, whatever the batch and however long the prompt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lion.errors import ModelError
from lion.params import Infer
from lion.records import Answer, Instruction
from lion.student import prompts, template
from lion.student.checkpoint import load, prepare_base
from lion.student.inference import Local
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
