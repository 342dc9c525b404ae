"""`lion export`: what is copied, told and refused. The cards are read by the hub's own library."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest
import yaml
from click.testing import CliRunner, Result
from huggingface_hub import DatasetCard, ModelCard

from lion.cli import main
from lion.contents import md5
from lion.publishing.cards import WHY, cell
from lion.records import Reason
from tests.publishing.conftest import Finished

PROVIDER = (
    "teacher.endpoint='https://user:hunter2@api.example.com/v1?token=t0ken'",
    "teacher.model=big_model",
    "referee.endpoint=classroom",
)


def export(name: str = "out") -> Result:
    return CliRunner().invoke(main, ["export", name])


def exported(name: str = "out") -> tuple[str, str]:
    """The texts of both cards."""
    done = export(name)
    assert done.exit_code == 0, done.output
    return Path(name, "model/README.md").read_text(), Path(name, "data/README.md").read_text()


def test_the_last_student_and_the_last_pools_are_copied_with_their_cards(finished: Finished) -> None:
    finished()
    exported()
    names = sorted(path.relative_to("out").as_posix() for path in Path("out").rglob("*") if path.is_file())
    pools = ["data/cache_pool.jsonl", "data/teacher.jsonl", "data/train_pool.jsonl"]
    assert names == ["data/README.md", *pools, "model/README.md", "model/lion.json", "model/model.safetensors"]
    assert Path("out/model/model.safetensors").read_bytes() == bytes([1]) * 8
    assert all(md5(Path("out", name)) == md5(Path(name.replace("data/", "data/iteration-1/"))) for name in pools)
    assert not list(Path().glob("*.partial"))


def test_the_hub_reads_every_figure_that_was_measured_from_the_model_card(finished: Finished) -> None:
    finished()
    exported()
    found = ModelCard.load("out/model/README.md").data
    assert found.model_name == "lion-smoke-student-1"
    assert [(r.dataset_name, r.metric_type, r.metric_value) for r in found.eval_results or []] == [
        ("exam-balanced", "accuracy", 0.5)
    ]


def test_the_interval_and_the_first_student_stand_in_the_text(finished: Finished) -> None:
    finished()
    card, _ = exported()
    row = "| exam-balanced | accuracy | 0.500 (0.400 to 0.600) | 0.400 (0.300 to 0.500) | 672 | 3 |"
    assert row in card
    assert "| exam-balanced | relative\\_score | – | – | 672 | 3 |" in card
    assert "exact \\| match" in card


def test_what_was_rejected_and_why_is_counted(finished: Finished) -> None:
    finished()
    _, card = exported()
    for what, reason in (
        ("seeds", "duplicate"),
        ("without an answer, iteration 0", "refused"),
        ("candidates, iteration 0", "similar"),
        ("candidates, iteration 0", "contaminated"),
    ):
        assert f"| {what} | {reason}: {WHY[reason]} | 1 |" in card  # type: ignore[index]
    assert "| 0 | 1 | 0 | 2 |" in card
    assert "| cache_pool.jsonl | 4 |" in card


def test_every_reason_has_its_words() -> None:
    assert set(WHY) == set(get_args(Reason))


def test_overlaps_with_benchmarks_are_counted_on_both_cards(finished: Finished) -> None:
    finished()
    for card in exported():
        assert "| bbh | 2 | 1 |" in card
        assert "overlapped an item and were rejected: 1." in card


def test_without_benchmarks_the_cards_say_that_nobody_looked(finished: Finished) -> None:
    folder = finished()
    for name in ("benchmarks/items.jsonl", "iteration-0/contaminated.jsonl"):
        (folder / "data" / name).write_text("")
    relock()
    assert all("Not looked into" in card for card in exported())


def relock() -> None:
    from tests.run import finish

    finish(yaml.safe_load(Path("params.yaml").read_text()))


def test_a_licence_that_is_not_stated_is_asked_for_and_never_made_up(finished: Finished) -> None:
    finished()
    assert all("Licence: not stated." in card for card in exported())
    assert ModelCard.load("out/model/README.md").data.license is None
    assert DatasetCard.load("out/data/README.md").data.license is None
    assert "Not stated: card.license, card.data_license." in export("again").output


def test_a_stated_licence_stands_in_the_metadata_and_reruns_nothing(finished: Finished) -> None:
    finished()
    tree = yaml.safe_load(Path("params.yaml").read_text())
    Path("params.yaml").write_text(yaml.safe_dump({**tree, "card": {"license": "llama3", "data_license": "other"}}))
    exported()
    assert ModelCard.load("out/model/README.md").data.license == "llama3"
    assert DatasetCard.load("out/data/README.md").data.license == "other"
    assert "Not stated" not in export("again").output


def test_a_provider_s_terms_are_warned_of_and_its_address_told_by_its_host_alone(finished: Finished) -> None:
    finished(*PROVIDER)
    for card in exported():
        assert "Many providers' terms" in card
        assert "api.example.com" in card and "big\\_model" in card
        assert "hunter2" not in card and "t0ken" not in card


def test_the_classroom_is_no_provider(finished: Finished) -> None:
    finished()
    for card in exported():
        assert "no provider's model" in card and "Many providers' terms" not in card


def test_no_text_of_a_model_or_a_pool_stands_on_a_card(finished: Finished) -> None:
    finished()
    for card in exported():
        assert "script" not in card and "a word of the teacher's" not in card and "rare metal" not in card


def test_a_base_of_the_hub_is_named_in_the_metadata_and_one_on_disk_is_not(finished: Finished) -> None:
    finished("student.base=owner/base", "student.revision=abc", "seed.source=owner/seeds")
    exported()
    found = ModelCard.load("out/model/README.md").data
    assert (found.base_model, found.datasets) == ("owner/base", ["owner/seeds"])


def test_a_base_on_disk_is_told_without_the_place_of_the_disk(finished: Finished, tmp_path: Path) -> None:
    (tmp_path / "somewhere/mine").mkdir(parents=True)
    finished(f"student.base={tmp_path}/somewhere/mine")
    for card in exported():
        assert "somewhere" not in card
    assert ModelCard.load("out/model/README.md").data.base_model is None


def test_the_same_run_gives_the_same_bytes(finished: Finished) -> None:
    finished()
    assert exported("first") == exported("second")


def test_a_run_that_does_not_fit_the_parameters_is_refused(finished: Finished) -> None:
    finished()
    text = Path("params.yaml").read_text()
    Path("params.yaml").write_text(text.replace("threshold: 1.0", "threshold: 1.5"))
    done = export()
    assert done.exit_code == 1
    assert "discriminate@0 (params discriminate)" in done.output and "dvc repro" in done.output
    assert not Path("out").exists()


def test_the_commit_is_told_and_whether_the_files_differ_from_it(finished: Finished) -> None:
    finished()
    git("init", "-q")
    git("add", "params.yaml", "dvc.yaml")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "Begin")
    head = git("rev-parse", "HEAD")
    assert all(f"commit {head}, and" in card for card in exported("clean"))
    Path("dvc.yaml").write_text(Path("dvc.yaml").read_text() + "\n")
    assert all(f"commit {head}, with changes that are not committed, and" in card for card in exported("changed"))


def git(*words: str) -> str:
    return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()


def test_weights_that_are_gone_are_told(finished: Finished) -> None:
    finished()
    shutil.rmtree("models/iteration-1")
    done = export()
    assert done.exit_code == 1
    assert "models/iteration-1: not as its stage left it" in done.output and "dvc checkout" in done.output


def test_a_folder_that_is_there_is_left_alone(finished: Finished) -> None:
    finished()
    Path("out").mkdir()
    Path("out/mine").touch()
    done = export()
    assert done.exit_code == 1
    assert "out: is there already" in done.output
    assert [path.name for path in Path("out").iterdir()] == ["mine"]


def test_a_run_without_adversarial_iterations_has_cards_too(finished: Finished) -> None:
    folder = finished(*PROVIDER, "iterations=0")
    (folder / "data/iteration-0/calls_generator.jsonl").unlink()
    card, pools = exported()
    assert "over 0 adversarial iterations" in card
    assert "| generator |" not in card and "new instructions of" not in pools


@pytest.mark.parametrize("license", ["Apache 2.0", "", "<b>"])
def test_a_licence_that_the_hub_would_not_know_is_refused(finished: Finished, license: str) -> None:
    finished()
    tree = yaml.safe_load(Path("params.yaml").read_text())
    tree["card"]["license"] = license
    Path("params.yaml").write_text(yaml.safe_dump(tree))
    assert "card.license" in export().output


def test_what_markdown_would_take_for_its_own_is_written_out() -> None:
    assert cell("a|b\n<i>`c`") == "a\\|b &lt;i>\\`c\\`"
