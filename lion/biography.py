"""A Life gathered from the files of a run, or of what of a run there is. Knows the corridor; tells nothing.

Each file is read as a stream, and of its lines only those are read as JSON that bear the id: memory grows with the
life, not with the run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from lion import jsonl
from lion.corridor import Corridor, Stage
from lion.ids import id_of
from lion.life import Child, Life, Rejection, Related, Side, Taught, Touch, Turn
from lion.records import Answer, Identified, Instruction, Item, Overlap, Rejected, Review, Verdict

K = TypeVar("K", bound=Identified)


def pools(corridor: Corridor) -> list[Path]:
    """The files that are there in which instructions are born; then the cache pools, which repeat them."""
    wanted = [("prepare", "cache-pool"), ("generate", "generated"), ("answer", "cache-pool")]
    return _there(corridor, wanted)


def candidates(corridor: Corridor) -> list[Path]:
    """The files that are there of what was not kept."""
    return _there(corridor, [("prepare", "rejected"), ("generate", "rejected")])


def _there(corridor: Corridor, wanted: list[tuple[str, str]]) -> list[Path]:
    paths = (stage.paths[option] for kind, option in wanted for stage in corridor.of(kind))
    return [path for path in dict.fromkeys(paths) if path.is_file()]


def gather(id: str, corridor: Corridor) -> Life:
    """The life of `id`. Raises DataError where a line about it cannot be read."""
    return _Gathering(id, corridor).life


class _Gathering:
    """Reads the files in the order of the loop, and notes whose texts are wanted besides."""

    def __init__(self, id: str, corridor: Corridor) -> None:
        self._id, self._digits, self._corridor = id, id.encode(), corridor
        self._related: dict[str, Related] = {}
        self.life = Life(id)
        self._begin()
        for stage in corridor.of("answer"):
            self._teach(stage)
            self._live_through(stage.key)
            if stage := corridor.stages.get(f"generate@{stage.key}"):  # type: ignore[assignment]
                self._generate(int(stage.key), stage)
        self._name()

    def _about(self, kind: str, key: str, option: str, record: type[K]) -> Iterator[K]:
        """The records about the id in the file that a stage is given as `option`; none where either is not there."""
        stage = self._corridor.stages.get(f"{kind}@{key}" if key else kind)
        path = stage.paths[option] if stage else None
        if path and path.is_file():
            yield from jsonl.pick(path, record, lambda line: self._digits in line and id_of(line) == self._id)

    def _begin(self) -> None:
        for path in pools(self._corridor):
            born = next(jsonl.pick(path, Instruction, lambda line: id_of(line) == self._id), None)
            if born:
                self.life.instruction = born
                self.life.parent = self._relate(born.parent)
                break
        for seed in self._about("prepare", "", "rejected", Rejected):
            self.life.rejections.append(self._rejection(0, seed))
        for found in self._about("decontaminate", "", "contaminated", Overlap):
            item = self._relate(found.item)
            assert item
            self.life.overlaps.append(Touch(found.suite, item, found.rule, found.detail, found.f1))

    def _teach(self, stage: Stage) -> None:
        """The teacher's answer, once: it is carried from iteration to iteration."""
        taught, iteration = self.life.teacher, int(stage.key)
        for answer in self._about("answer", stage.key, "answers", Answer):
            if not taught or taught[-1].text != answer.text:
                taught.append(Taught(iteration, answer.text))
        for lost in self._about("answer", stage.key, "unanswered", Rejected):
            taught.append(Taught(iteration, None, lost.reason, lost.detail))

    def _live_through(self, key: str) -> None:
        turn = Turn(int(key))
        self._learn(key, turn)
        for answer in self._about("infer", key, "answers", Answer):
            turn.student = answer.text
        turn.reviews = list(self._about("referee", key, "reviews", Review))
        self._judge(key, turn)
        if not turn.is_empty:
            self.life.iterations.append(turn)

    def _learn(self, key: str, turn: Turn) -> None:
        is_in_pool = any(self._about("train", key, "train-pool", Instruction))
        turn.is_to_learn = is_in_pool and any(taught.text is not None for taught in self.life.teacher)
        turn.is_trained = turn.is_to_learn and self._corridor.stages[f"train@{key}"].paths["history"].is_file()

    def _judge(self, key: str, turn: Turn) -> None:
        sides: tuple[Side, ...] = ("hard", "easy")
        for side in sides:
            for verdict in self._about("discriminate", key, side, Verdict):
                turn.side, turn.verdict = side, verdict
        for lost in self._about("discriminate", key, "unjudged", Rejected):
            turn.side, turn.reason, turn.detail = "unjudged", lost.reason, lost.detail
        if turn.verdict:
            values = self._corridor.values(self._corridor.stages[f"discriminate@{key}"])
            turn.threshold = (values.get("discriminate") or {}).get("threshold")

    def _generate(self, iteration: int, stage: Stage) -> None:
        """The candidates of one iteration that this id is, bore, or was too near to."""
        for new in self._mentioning(stage.paths["generated"], Instruction):
            if new.parent == self._id:
                self.life.children.append(Child(iteration, new.id, new.origin, _text(new)))
        for lost in self._mentioning(stage.paths["rejected"], Rejected):
            rejection = self._rejection(iteration, lost)
            if lost.id == self._id:
                self.life.rejections.append(rejection)
            if lost.parent == self._id:
                self.life.rejected_children.append(rejection)
            if lost.nearest == self._id:
                self.life.resembling.append(rejection)

    def _mentioning(self, path: Path, record: type[K]) -> Iterator[K]:
        if path.is_file():
            yield from jsonl.pick(path, record, lambda line: self._digits in line)

    def _rejection(self, iteration: int, lost: Rejected) -> Rejection:
        return Rejection(
            iteration=iteration,
            id=lost.id,
            reason=lost.reason,
            detail=lost.detail,
            text=lost.instruction,
            origin=lost.origin,
            parent=self._relate(lost.parent),
            nearest=self._relate(lost.nearest),
            f1=lost.f1,
        )

    def _relate(self, id: str | None) -> Related | None:
        """Whoever `id` is, to be given a text at the end."""
        return self._related.setdefault(id, Related(id)) if id else None

    def _name(self) -> None:
        """Give the related instructions and items their texts, in one more pass."""
        for path in pools(self._corridor):
            wanted = {id for id, found in self._related.items() if found.text is None}
            if not wanted:
                return
            for other in jsonl.pick(path, Instruction, lambda line, wanted=wanted: id_of(line) in wanted):  # type: ignore[misc]
                self._related[other.id].text = _text(other)
        for stage in self._corridor.of("benchmarks"):
            if stage.paths["items"].is_file():
                self._name_items(stage.paths["items"])

    def _name_items(self, path: Path) -> None:
        wanted = [id.encode() for id in self._related if "/" in id]
        for item in jsonl.pick(path, Item, lambda line: any(id in line for id in wanted)):
            if item.id in self._related:
                self._related[item.id].text = item.text


def _text(instruction: Instruction) -> str:
    return f"{instruction.instruction}\n{instruction.input}" if instruction.input else instruction.instruction
