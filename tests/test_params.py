"""params.yaml: the committed one, the profiles, and what is refused."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from lion import params
from lion.conf import compose
from lion.errors import ParamsError

ROOT = Path(__file__).parent.parent
PROFILES = sorted(path.stem for path in (ROOT / "lion/conf/profile").glob("*.yaml"))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ParamsError) as caught:
        params.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_committed_parameters_are_the_default_profile() -> None:
    assert (ROOT / "params.yaml").read_text() == compose()


def test_all_six_profiles_are_there() -> None:
    assert PROFILES == ["classroom", "modern", "paper-13b", "paper-7b", "rehearsal", "smoke"]


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_composes_to_valid_parameters(profile: str, tmp_path: Path) -> None:
    found = params.read(written(tmp_path, compose(f"profile={profile}")))
    assert found.profile == profile
    assert list(found.students) == [str(k) for k in range(found.iterations + 1)]
    assert list(found.rounds) == [str(k) for k in range(found.iterations)]


def test_the_paper_profile_has_the_papers_settings(tmp_path: Path) -> None:
    found = params.read(written(tmp_path, compose("profile=paper-7b")))
    assert (found.iterations, found.generate.count, found.generate.hard_share) == (3, 6000, 0.5)
    assert (found.generate.max_rouge, found.discriminate.threshold) == (0.7, 1.0)
    assert (found.train.epochs, found.train.batch_size, found.train.learning_rate) == (3, 128, 2e-5)
    assert (found.train.warmup_share, found.train.weight_decay, found.train.max_length) == (0.03, 0.0, 1024)
    assert (found.teacher.temperature, found.teacher.max_tokens) == (0.7, 1024)
    assert (found.referee.temperature, found.referee.max_tokens) == (0.2, 512)
    assert (found.generator.temperature, found.generator.top_p, found.generator.tokens_per_word) == (1.0, 1.0, 4)
    assert (found.infer.temperature, found.infer.max_new_tokens) == (0.7, 1024)


def test_unknown_missing_and_impossible_values_are_told_together(tmp_path: Path) -> None:
    tree = OmegaConf.create(compose())
    del tree["teacher"]["model"]
    tree["teacher"]["temprature"] = 0.7
    tree["generate"]["hard_share"] = 1.5
    message = refused(written(tmp_path, OmegaConf.to_yaml(tree)))
    assert "teacher.model: missing" in message
    assert "teacher.temprature: unknown key" in message
    assert "generate.hard_share: found 1.5, wanted: Input should be less than or equal to 1" in message


def test_iterations_changed_by_hand_alone_are_refused(tmp_path: Path) -> None:
    message = refused(written(tmp_path, compose().replace("iterations: 3", "iterations: 4")))
    assert "students, rounds, curves were not composed anew" in message
    assert "lion params" in message


def test_a_source_changed_by_hand_alone_is_refused(tmp_path: Path) -> None:
    text = compose().replace("base: models/cub", f"base: {tmp_path}")
    assert "watched.student" in refused(written(tmp_path, text))


@pytest.mark.parametrize("text", ["a: [1, 2\n", "a: ${nothing}\n", "\xff\xfe"])
def test_what_is_no_yaml_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(text.encode("latin-1"))
    assert "not readable as YAML" in refused(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "not found" in refused(tmp_path / "params.yaml")


def test_the_classroom_needs_a_number_of_seeds(tmp_path: Path) -> None:
    assert "seed.size" in refused(written(tmp_path, compose("seed.size=null")))
