"""What a run will buy, stage by stage, with what the journal and the workspace hold deducted. Buys nothing.

Expected: one reply for each question; prompt tokens from the real prompts' characters, by the ratio that the journal
has for this model and role, else by an assumed one; completion tokens from the journal's mean, else as the user
assumes, else not known.

At most: every attempt is used, every reply is as long as its limit, every prompt has a token for each of its UTF-8
bytes, which no tokenizer exceeds, and every new instruction is as long as the generator may make it of the longest
seed. The student's tokens are taken for the referee's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

from lion import generator, jsonl, referee, seeds
from lion.chat.journal import Journal
from lion.chat.tokens import FRAME_TOKENS
from lion.corridor import Corridor, Stage
from lion.errors import ParamsError
from lion.evaluation import benchmarks
from lion.params import Params
from lion.prompts import Prompts
from lion.records import Answer, Call, Instruction, Item, Verdict
from lion.spending import held, judging
from lion.spending.habits import Habit, assume, learn
from lion.spending.held import Held
from lion.spending.need import NOTHING, Amount, Need, exact
from lion.spending.reckoning import Reckoning
from lion.spending.texts import frames, measure

ROLES = {"answer": "teacher", "referee": "referee", "generate": "generator"}
"""The paid stages of the loop and who is asked in them."""
PAID = (*ROLES.values(), "judge")
"""All who may be asked; the judge by `evaluate`, and there the teacher too."""


def first_pool(settings: Params, corridor: Corridor, count: int | None) -> list[Instruction] | int:
    """The first cache pool, as it is in the workspace or will be; only its size, `count`, where it is not on disk.

    Raises ParamsError where its size is not to be had, or is given although it is.
    """
    path, source = corridor.of("answer")[0].paths["cache-pool"], settings.seed.source
    found: list[Instruction] | None = None
    if corridor.has(path):
        found = list(jsonl.read(path, Instruction))
    elif source == "classroom" or (source.endswith(seeds.FILES) and Path(source).is_file()):
        found = seeds.load(settings.seed, settings.random_seed)[0]
    if found is not None and count is not None:
        raise ParamsError(f"--seeds: found {count}, but there are {len(found)} in {source}, as counted. Leave it out.")
    if found is not None:
        return found
    if size := count or settings.seed.size:
        return size
    raise ParamsError(
        f"seed.source {source}: not on this disk, so that its instructions cannot be counted, wanted a number. "
        "Say how many there are with --seeds N, or set seed.source to a .json, .jsonl or .csv file."
    )


class Plan:
    """The needs of a run with `settings`. `habits` and `requests_per_new` tell what they rest on.

    `requests_per_new` is None where no outs of this generator are there to measure it.
    """

    def __init__(
        self,
        settings: Params,
        corridor: Corridor,
        journal: Journal | None,
        count: int | None = None,
        reply_tokens: Mapping[str, int] | None = None,
    ) -> None:
        self._settings, self._corridor, self._journal = settings, corridor, journal
        self._prompts = Prompts(Path(settings.prompts))
        self._seeds = first_pool(settings, corridor, count)
        self.habits: dict[str, Habit] = {
            role: assume(learn(journal, role, getattr(settings, role).model), (reply_tokens or {}).get(role))
            for role in dict.fromkeys([*ROLES.values(), *judging.roles(settings)])
        }
        self.judging = judging.Judging(settings, self._prompts, self.habits, benchmarks.home())
        self.requests_per_new = self._measure_requests_per_new()
        self._reckoning = Reckoning(
            settings,
            frames(self._prompts),
            None if isinstance(self._seeds, int) else measure(self._seeds, settings, self._prompts),
            self._seeds if isinstance(self._seeds, int) else len(self._seeds),
            self.requests_per_new or 1.0,
            self.habits,
        )
        self.has_texts = not isinstance(self._seeds, int)
        self._has_references = False

    def needs(self) -> Iterator[Need]:
        """What each paid stage needs, in the order in which they run."""
        steps: dict[str, Callable[[Stage], Need]] = {
            "answer": self._answer,
            "referee": self._referee,
            "generate": self._generate,
        }
        for k in range(self._settings.iterations + 1):
            for kind, step in steps.items():
                stage = self._corridor.stages.get(f"{kind}@{k}")
                if stage:
                    yield self._done(stage) or step(stage)
            if stage := self._corridor.stages.get(f"evaluate@{k}"):
                yield from self._evaluate(stage)

    def _done(self, stage: Stage) -> Need | None:
        if self._corridor.is_settled(stage) and all(self._corridor.has(Path(out)) for out in stage.outs):
            return _nothing(stage.name, ROLES[stage.kind])
        return None

    def _evaluate(self, stage: Stage) -> Iterator[Need]:
        """The reference answers are counted for the first student that is not measured yet: the others have them."""
        asked = judging.roles(self._settings)
        if asked and self._corridor.is_settled(stage) and all(Path(out).is_dir() for out in stage.outs):
            yield _nothing(stage.name, "judge")
            return
        if "teacher" in asked and not self._has_references:
            self._has_references = True
            yield self.judging.references(stage.name, self._journal)
        if asked:
            yield self.judging.readings(stage.name)

    def _has(self, stage: Stage, *options: str) -> bool:
        return all(self._corridor.has(stage.paths[option]) for option in options)

    def _answer(self, stage: Stage) -> Need:
        asked: Sequence[Instruction]
        if self._has(stage, "cache-pool", "known-answers"):
            known = jsonl.table(stage.paths["known-answers"], Answer)
            asked = [item for item in jsonl.read(stage.paths["cache-pool"], Instruction) if item.id not in known]
        elif stage.key == "0" and not isinstance(self._seeds, int):
            asked = self._seeds
        else:
            return self._reckoning.answer(stage.name, int(stage.key))
        return self._exact(stage, held.answers(asked, self._settings, self._prompts, self._journal))

    def _referee(self, stage: Stage) -> Need:
        if not self._has(stage, "cache-pool", "teacher", "student"):
            return self._reckoning.referee(stage.name, int(stage.key))
        pairs = referee.pair(
            jsonl.read(stage.paths["cache-pool"], Instruction),
            jsonl.table(stage.paths["teacher"], Answer),
            jsonl.table(stage.paths["student"], Answer),
        )
        return self._exact(stage, held.reviews(pairs, self._settings, self._prompts, self._journal))

    def _generate(self, stage: Stage) -> Need:
        if not self._has(stage, "cache-pool", "hard", "easy", "benchmarks"):
            return self._reckoning.generate(stage.name, int(stage.key))
        pool = jsonl.table(stage.paths["cache-pool"], Instruction)
        sets = [[pool[verdict.id] for verdict in jsonl.read(stage.paths[name], Verdict)] for name in ("hard", "easy")]
        arms = generator.arms(sets[0], sets[1], self._settings.generate)
        items = jsonl.read(stage.paths["benchmarks"], Item)
        found, left = held.candidates(
            arms, pool.values(), items, int(stage.key), self._settings, self._prompts, self._journal
        )
        need = self._exact(stage, found)
        if not left:
            return need
        lengths = measure(list(chain(*sets)), self._settings, self._prompts)
        prompt = left * (frames(self._prompts).generate + lengths.longest_task_bytes + FRAME_TOKENS)
        return replace(
            need,
            expected=need.expected.scaled(min(self.requests_per_new or 1.0, left / len(found.missing))),
            most=Amount(left, prompt, left * lengths.longest_tokens),
        )

    def _exact(self, stage: Stage, found: Held) -> Need:
        """The need where every request is known."""
        role = ROLES[stage.kind]
        return Need(stage.name, role, found.replies, *exact(found.missing, self.habits[role]))

    def _measure_requests_per_new(self) -> float | None:
        """Requests for each new instruction, over the outs of this very generator that are in the workspace."""
        asked = new = 0
        for stage in self._corridor.of("generate"):
            calls, generated = stage.paths["calls"], stage.paths["generated"]
            values = self._corridor.values(stage)
            is_same = all(values.get(name) == self._settings.model_dump()[name] for name in ("generator", "generate"))
            if is_same and calls.is_file() and generated.is_file():
                asked += sum(1 for _ in jsonl.read(calls, Call))
                new += sum(1 for _ in jsonl.read(generated, Instruction))
        return max(1.0, min(asked / new, self._settings.generate.max_requests_per_new)) if new else None


def _nothing(stage: str, role: str) -> Need:
    """Of a stage that has run."""
    return Need(stage, role, None, NOTHING, NOTHING, is_done=True)
