"""Pre-training: a tiny base student, made whole or not at all, that any Hugging Face loader takes."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lion.classroom.curriculum import BY_NAME, recognise
from lion.classroom.pretrain import READ_IN_TURN, Plan, main, pretrain, texts

TINY = Plan(examples=64, batch_size=16, pieces=400, spelled=500, width=16, layers=1, heads=2, positions=64, threads=1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    pretrain(folder, TINY)
    return folder


def test_texts_are_repeatable_and_in_no_wording_of_a_task() -> None:
    found = list(texts(300, 5))
    assert found == list(texts(300, 5))
    assert all(recognise(before + after) is None for before, after in found)
    assert not any("###" in before for before, _ in found)


def test_made_folder_loads_and_generates(tiny: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer, model = AutoTokenizer.from_pretrained(tiny), AutoModelForCausalLM.from_pretrained(tiny)
    assert model.config.model_type == "llama"
    assert tokenizer.is_fast and tokenizer.chat_template is None
    ids = tokenizer("Q: What is 1 plus 2?\nA:", return_tensors="pt")
    assert model.generate(**ids, max_new_tokens=2, do_sample=False).shape[1] > ids["input_ids"].shape[1]


def test_tokenizer_knows_any_text_and_parts_every_digit(tiny: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny)
    for text in ("Ärger um 12 Uhr, 猫 🎉", "tab\tand\nline", "x" * 50):
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.decode(ids) == text
    assert tokenizer.tokenize("1024") == ["1", "0", "2", "4"]
    assert tokenizer.bos_token_id is not None and tokenizer.eos_token_id is not None
    assert tokenizer.bos_token_id != tokenizer.eos_token_id


def test_same_seed_gives_the_same_bytes(tiny: Path, tmp_path: Path) -> None:
    pretrain(tmp_path / "again", TINY)
    for name in ("model.safetensors", "tokenizer.json"):
        assert (tmp_path / "again" / name).read_bytes() == (tiny / name).read_bytes()


def test_failure_leaves_the_old_folder_as_it_was(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "cub"
    folder.mkdir()
    (folder / "kept").write_text("old")
    with pytest.raises(Exception, match="heads"):  # whose error it is, is the library's affair
        pretrain(folder, replace(TINY, width=15))
    assert [path.name for path in tmp_path.iterdir()] == ["cub"]
    assert (folder / "kept").read_text() == "old"


def test_command_line_makes_the_folder_it_is_told_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--folder", str(tmp_path / "made"), "--examples", "64"]) == 0
    assert (tmp_path / "made" / "model.safetensors").exists()
    assert "parameters" in capsys.readouterr().out


def test_shipped_base_is_small_plain_and_no_chat_model() -> None:
    folder = Path(__file__).parents[2] / "models" / "cub"
    assert sum(path.stat().st_size for path in folder.iterdir()) < 5_000_000
    assert (folder / "model.safetensors").exists()
    config = json.loads((folder / "config.json").read_text())
    assert config["architectures"] == ["LlamaForCausalLM"] and config["max_position_embeddings"] >= 256
    assert not (folder / "chat_template.jinja").exists()


def test_curriculum_and_expert_load_without_torch() -> None:
    code = "import sys; from lion.classroom import exam, expert, seeds; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_base_reads_of_every_family_once_in_turn() -> None:
    assert sorted(READ_IN_TURN) == sorted(BY_NAME)
