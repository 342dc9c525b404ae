"""Whom the command measures: checkpoints of any origin, endpoints, answers on file; or one line that says why not."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import huggingface_hub.constants
import pytest

from lion.chat.journal import Journal
from lion.chat.prices import charged, spent
from lion.errors import BudgetError, LionError, ModelError, ProviderError
from lion.evaluation.suite import template
from lion.params import Params
from lion.records import Instruction
from lion.rivals.subject import Choice, check, opened, version
from lion.student import lineage
from lion.student.checkpoint import prepare_base
from lion.student.guest import ready
from tests.conftest import Server
from tests.rivals.conftest import CUB

TASKS = [Instruction.seed(f"Add {n} and {n + 7}, please.") for n in range(6)]
TEMPLATE = "{% for m in messages %}{{ m.content }} ->{% endfor %}"


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cub as a student's base."""
    out = tmp_path_factory.mktemp("students") / "base"
    prepare_base(CUB, None, "paper", out)
    return out


def answers(choice: Choice, settings: Params, scratch: Path) -> list[str]:
    with opened(choice, settings, scratch) as subject:
        return [answer.text for answer in subject.backend.answers(TASKS)]


def test_a_foreign_checkpoint_answers_as_it_would_as_a_base_student(
    student: Path, settings: Params, tmp_path: Path
) -> None:
    foreign = answers(Choice(model=CUB, template="paper"), settings, tmp_path)
    assert foreign == answers(Choice(model=str(student)), settings, tmp_path)
    assert any(foreign)


def test_a_guest_s_weights_are_not_copied_and_nothing_of_it_is_left(student: Path) -> None:
    with ready(Path(CUB), "cub", "paper") as guest:
        weights = guest / "model.safetensors"
        assert weights.is_symlink()
        assert weights.resolve() == Path(CUB).resolve() / "model.safetensors"
        assert template(guest) == template(student)
        assert json.loads((guest / "generation_config.json").read_text())["eos_token_id"] == 1
    assert not guest.parent.exists()
    assert not (Path(CUB) / lineage.NAME).exists()


def test_a_student_keeps_the_template_it_was_trained_with_unless_another_is_named(
    student: Path, settings: Params, tmp_path: Path
) -> None:
    (tmp_path / "short.jinja").write_text(TEMPLATE)
    with opened(Choice(model=str(student)), settings, tmp_path) as own:
        assert own.prompt == template(student)
    with opened(Choice(model=str(student), template=str(tmp_path / "short.jinja")), settings, tmp_path) as other:
        assert other.prompt not in (own.prompt, "")
    assert own.notes == other.notes
    assert own.notes[0].startswith("model: base, sha256:")


def test_a_model_is_known_by_what_is_loaded_of_it_and_from_the_hub_by_its_commit(tmp_path: Path) -> None:
    copy = tmp_path / "snapshots/0a1b"
    shutil.copytree(CUB, copy)
    told = version(copy, str(copy))
    (copy / "README.md").write_text("About it.")
    assert version(copy, str(copy)) == told
    assert version(copy, "owner/name") == "owner/name at 0a1b"
    (copy / "tokenizer_config.json").write_text("{}")
    assert version(copy, str(copy)) != told


def test_a_model_s_own_chat_template_is_the_default(settings: Params, tmp_path: Path) -> None:
    chatty = tmp_path / "chatty"
    shutil.copytree(CUB, chatty)
    (chatty / "chat_template.jinja").write_text(TEMPLATE)
    with opened(Choice(model=str(chatty)), settings, tmp_path) as subject:
        assert subject.prompt.endswith(lineage.hashlib.sha256(TEMPLATE.encode()).hexdigest())


def test_an_endpoint_is_asked_once_and_then_the_journal(
    classroom: Server, settings: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LION_JOURNAL", str(tmp_path / "journal.db"))
    choice = Choice(model=classroom.url, served_name="expert-2")
    first = answers(choice, settings, tmp_path)
    asked = classroom.ledger()["answered"]
    assert len(first) == len(TASKS)
    assert all("You asked: Add" in text for text in first)
    assert answers(choice, settings, tmp_path) == first
    assert classroom.ledger()["answered"] == asked
    with opened(choice, settings, tmp_path) as subject:
        assert subject.decoding["backend"] == "openai"
        assert (subject.settings.endpoint, subject.settings.model) == (classroom.url, "expert-2")


def test_what_a_foreign_endpoint_is_asked_counts_in_the_budget_and_a_served_student_does_not(
    classroom: Server, settings: Params, student: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lion.student.backend import opened as served

    monkeypatch.setenv("LION_JOURNAL", str(tmp_path / "journal.db"))
    engine = settings.evaluate.model_copy(update={"backend": "openai", "endpoint": classroom.url, "model": "expert-2"})
    with served("evaluate", student, engine, random_seed=0, runtime=settings.runtime, scratch=tmp_path) as own:
        assert len(list(own.answers(TASKS))) == len(TASKS)
    choice = Choice(model=classroom.url, served_name="expert-2")
    answers(choice, settings, tmp_path)
    with closing(Journal(tmp_path / "journal.db")) as book:
        [all_calls], [paid_calls] = spent(book).values(), charged(book, ("infer", "evaluate")).values()
    assert (all_calls.calls, paid_calls.calls) == (2 * len(TASKS), len(TASKS))
    tokens = paid_calls.prompt_tokens + paid_calls.completion_tokens
    capped = settings.runtime.model_copy(update={"budget_tokens": tokens})
    warmer = settings.evaluate.model_copy(update={"temperature": 0.5})
    with pytest.raises(BudgetError, match=f"has cost {tokens:,} tokens"):
        answers(choice, settings.model_copy(update={"runtime": capped, "evaluate": warmer}), tmp_path)


def test_an_item_without_a_reply_is_counted_and_too_many_of_them_are_an_error(
    serve: Callable[..., Server], settings: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LION_JOURNAL", str(tmp_path / "journal.db"))
    server = serve("--server-error-share", 0.4, "--seed", 1)
    choice = Choice(model=server.url, served_name="expert-2")
    runtime = settings.runtime.model_copy(update={"max_retries": 0, "max_failed_share": 1.0})
    with opened(choice, settings.model_copy(update={"runtime": runtime}), tmp_path) as subject:
        texts = [answer.text for answer in subject.backend.answers(TASKS)]
        assert 0 < len(subject.lost) == texts.count("") < len(TASKS)
        assert subject.lost[0].startswith(TASKS[texts.index("")].id)
    strict = runtime.model_copy(update={"max_failed_share": 0.0})
    other = serve("--server-error-share", 0.4, "--seed", 1)
    with pytest.raises(ProviderError, match=rf"--model {other.url}: \d of 6 requests came to nothing"):
        answers(
            Choice(model=other.url, served_name="expert-2"), settings.model_copy(update={"runtime": strict}), tmp_path
        )


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        (Choice(), "found neither of --model and --answers"),
        (Choice(model=CUB, answers=Path("a.jsonl")), "found both of --model and --answers"),
        (Choice(model="https://api.example.org/v1"), "--model https://api.example.org: a URL, wanted --served-name"),
        (
            Choice(model="https://me:hush@api.example.org/v1", served_name="m"),
            "--model https://api.example.org: found a key or password in the URL",
        ),
        (Choice(model=CUB, served_name="m"), "--served-name: is for an endpoint"),
        (Choice(model=CUB, revision="main"), "--revision: is for a Hugging Face id"),
        (Choice(answers=Path("a.jsonl"), template="paper"), "--template: is for a checkpoint"),
        (Choice(model="http://127.0.0.1:9/v1", served_name="m", revision="main"), "--revision: is for a checkpoint"),
    ],
)
def test_options_that_contradict_each_other_are_one_line(choice: Choice, told: str) -> None:
    with pytest.raises(LionError) as fault:
        check(choice)
    assert str(fault.value).startswith(("lion evaluate: ", "--"))
    assert told in str(fault.value)
    assert "hush" not in str(fault.value)


def without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


def with_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def with_cut_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:1000])


def without_a_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (without_weights, r"no model.safetensors\. Restore"),
        (with_a_pickle, r"a pickle, which is never loaded"),
        (with_cut_weights, r"its model cannot be loaded"),
        (without_a_tokenizer, r"no tokenizer.json"),
    ],
)
def test_a_spoiled_checkpoint_is_named_as_it_was_given(
    spoil: Callable[[Path], None], told: str, settings: Params, tmp_path: Path
) -> None:
    folder = tmp_path / "spoiled"
    shutil.copytree(CUB, folder)
    spoil(folder)
    with pytest.raises(ModelError, match=told) as fault:
        answers(Choice(model=str(folder), template="paper"), settings, tmp_path)
    assert str(fault.value).startswith(f"{folder}: ")
    assert f"{tempfile.gettempdir()}/lion-" not in str(fault.value)


@pytest.mark.parametrize(
    ("template_name", "told"),
    [
        (None, "has no chat template of its own. Choose one with: --template"),
        ("missing.jinja", "--template: 'missing.jinja' cannot be read"),
        ("blind.jinja", "without what is asked"),
        ("broken.jinja", "does not render"),
    ],
)
def test_a_template_that_cannot_be_used_is_one_line(
    template_name: str | None, told: str, settings: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("blind.jinja").write_text("Hello.")
    Path("broken.jinja").write_text("{{ messages[9].content.upper() }}")
    with pytest.raises(ModelError, match=told), opened(Choice(model=CUB, template=template_name), settings, tmp_path):
        pass


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("./none", "--model: no folder './none', wanted a local checkpoint or a Hugging Face id"),
        ("/none/at/all", "--model: no folder '/none/at/all'"),
        ("nobody/nothing", "--model: 'nobody/nothing' is neither a local folder nor in the cache, and the hub"),
        ("not an id", "--model: 'not an id' is neither a local folder nor a valid Hugging Face id"),
    ],
)
def test_a_model_that_is_not_there_is_one_line(
    model: str, told: str, settings: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError) as fault, opened(Choice(model=model), settings, tmp_path):
        pass
    assert str(fault.value).startswith(told)
