"""The configurations for `accelerate launch` that come with Lion: each is read by accelerate, and means a run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from accelerate.commands.config.config_args import ClusterConfig, load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from accelerate.utils import DistributedType

from lion.errors import ParamsError
from lion.student import launch

FOLDER = Path(__file__).parent.parent.parent / "lion/conf/accelerate"
KINDS = {
    "cpu": "MULTI_GPU",  # what torch's launcher is asked for; the processes find no GPU and talk over gloo
    "cpu-fsdp": "FSDP",
    "ddp": "MULTI_GPU",
    "fsdp": "FSDP",
    "fsdp-nodes": "FSDP",
    "fsdp-offload": "FSDP",
    "single": "NO",
    "zero3": "DEEPSPEED",
    "zero3-nodes": "DEEPSPEED",
    "zero3-offload": "DEEPSPEED",
}
FLAGS = {flag.dest for flag in launch_command_parser()._actions}


def test_all_ten_are_there_and_shipped() -> None:
    assert sorted(path.stem for path in FOLDER.iterdir()) == sorted(KINDS) == launch.names()
    assert launch.folder() == FOLDER


@pytest.mark.parametrize("name", sorted(KINDS))
def test_accelerate_reads_it_and_knows_every_key(name: str) -> None:
    path = launch.find(name).path
    found = load_config_from_file(str(path))  # raises for an unknown key
    assert isinstance(found, ClusterConfig)
    assert found.distributed_type == DistributedType(KINDS[name])
    assert found.num_processes % found.num_machines == 0
    assert (found.num_machines > 1) == name.endswith("-nodes")
    assert found.use_cpu == name.startswith("cpu")
    assert found.mixed_precision is None  # train.precision decides
    inner = {key for part in (found.fsdp_config, found.deepspeed_config) for key in part}
    assert inner <= FLAGS


@pytest.mark.parametrize("name", sorted(KINDS))
def test_the_command_that_starts_a_group_is_one_that_accelerate_takes(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LION_MAIN_ADDRESS", "node0")
    monkeypatch.setenv("LION_NODE_RANK", "1")
    words = launch.command(launch.find(name), "stages.train", ["--params", "params.yaml"])
    assert words[1:3] == ["-m", "lion.student.launcher"]
    given = launch_command_parser().parse_args(words[3:])
    given, _, _ = _validate_launch_command(given)
    assert (given.training_script, given.training_script_args) == ("stages.train", ["--params", "params.yaml"])
    assert given.mixed_precision == "no"
    assert given.use_fsdp == (KINDS[name] == "FSDP")
    assert given.use_deepspeed == (KINDS[name] == "DEEPSPEED")
    if name.endswith("-nodes"):
        assert (given.main_process_ip, given.main_process_port, int(given.machine_rank)) == ("node0", 29500, 1)
        assert given.same_network


def test_the_environment_says_how_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LION_NODES", "4")
    monkeypatch.setenv("LION_MAIN_ADDRESS", "node0")
    words = launch.command(launch.find("fsdp-nodes"), "stages.train", [])
    assert words[words.index("--num_machines") + 1] == "4"


@pytest.mark.parametrize("text", ["a: [1,", "just text", "num_processes: 2"])
def test_a_file_that_is_no_configuration_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(ParamsError, match=r"runtime\.launch: ") as told:
        launch.find(str(tmp_path / "mine.yaml"))
    assert "\n" not in str(told.value)


def test_ones_own_file_is_taken_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump({"distributed_type": "MULTI_GPU", "num_processes": 3}))
    found = launch.find(str(tmp_path / "mine.yaml"))
    assert found.is_own
    assert found.processes == 3
    assert not launch.find("ddp").is_own
