"""One template for training, inference and serving."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoTokenizer

from lion.errors import ModelError
from lion.records import Instruction
from lion.student import labels, prompts, template
from lion.student.checkpoint import prepare_base
from lion.student.training import Example


def test_paper_template_renders_the_blocks_of_the_paper(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    asked = template.conversation("Sort the words.", "b a")
    assert template.prompt(tokenizer, asked) == (
        "### Instruction:\nSort the words.\n\n### Input:\nb a\n\n### Response:\n"
    )
    assert template.response(tokenizer, asked, "a b") == "a b</s>"


def test_instruction_without_input_has_no_input_block(base: Path) -> None:
    text = template.prompt(AutoTokenizer.from_pretrained(base), template.conversation("Sort.", ""))
    assert text == "### Instruction:\nSort.\n\n### Response:\n"


def test_lone_surrogate_becomes_a_question_mark(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    [row] = labels.encode(tokenizer, [Example("0", "a\ud800", "", "\udfff")], [tokenizer.eos_token_id], 128).rows
    assert tokenizer.decode(row.ids) == "### Instruction:\na?\n\n### Response:\n?</s>"


def test_several_turns_and_a_system_line_render(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    turns = [
        {"role": "system", "content": "Be brief."},
        *template.conversation("One?", ""),
        {"role": "assistant", "content": "1"},
        *template.conversation("Two?", ""),
    ]
    assert tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) == (
        "Be brief.\n\n### Instruction:\nOne?\n\n### Response:\n1</s>\n\n### Instruction:\nTwo?\n\n### Response:\n"
    )


def test_training_prompt_is_the_inference_prompt_token_by_token(base: Path, examples: list[Example]) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    # An answer that begins with a line feed would merge with the one that ends the prompt.
    tricky = [*examples, Example("0" * 16, "Name", "", "\nBlue"), Example("1" * 16, "Name", "", "")]
    rows = labels.encode(tokenizer, tricky, [tokenizer.eos_token_id], 128).rows
    asked = [Instruction(e.id, e.instruction, e.input, "seed", 0) for e in tricky]
    ids, _ = prompts.encode(tokenizer, asked, None)
    served = [
        tokenizer.apply_chat_template(
            template.conversation(e.instruction, e.input), add_generation_prompt=True, return_dict=False
        )
        for e in tricky
    ]
    assert [row.ids[: row.prompt] for row in rows] == ids == served


def test_bos_stands_first_where_the_tokenizer_puts_it(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base)
    assert not template.choose("paper", tokenizer).startswith("{{- bos_token")
    tokenizer.add_bos_token = True
    tokenizer.chat_template = template.choose("paper", tokenizer)
    assert template.prompt(tokenizer, template.conversation("Sort.", "")).startswith("<s>### Instruction:")


CHAT = (
    "{% for m in messages %}{{ '<s>' + m['role'] + '\n' + m['content'] + '</s>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<s>assistant\n' }}{% endif %}"
)


def test_file_serves_as_template_and_nothing_is_learned_after_eos(raw: Path, tmp_path: Path) -> None:
    file = tmp_path / "chat.jinja"
    file.write_text(CHAT, "utf-8")
    prepare_base(str(raw), None, str(file), tmp_path / "base")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "base")
    [row] = labels.encode(tokenizer, [Example("0", "Name", "", "Blue")], [tokenizer.eos_token_id], 128).rows
    assert tokenizer.decode(row.ids[row.prompt :]) == "Blue</s>"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{% for m in messages %}", "does not render"),
        ("{{ raise_exception('no user') }}", "does not render"),
        ("hello", "lacks the user's text"),
        ("{% for m in messages %}{{ m['content'] }}{% endfor %}", "would never stop"),
        ("{{ messages | length }}{% for m in messages %}{{ m['content'] }}{% endfor %}", "wanted the prompt"),
    ],
)
def test_template_that_cannot_teach_is_refused(raw: Path, tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "bad.jinja"
    file.write_text(text, "utf-8")
    with pytest.raises(ModelError, match=fault) as told:
        prepare_base(str(raw), None, str(file), tmp_path / "base")
    assert "\n" not in str(told.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.jinja"]


@pytest.mark.parametrize(
    ("name", "fault"),
    [("missing.jinja", "cannot be read"), ("chat", "the model has no chat template")],
)
def test_template_that_is_not_there_is_one_line(raw: Path, tmp_path: Path, name: str, fault: str) -> None:
    with pytest.raises(ModelError, match=fault):
        prepare_base(str(raw), None, name, tmp_path / "base")
