"""The exam: questions held out from every pool, and how an answer to one of them is marked.

It knows nothing about how the answers come about. Two draws: "balanced" asks every family equally often, "seeds" asks
with the seed pool's long-tailed mix. Two splits: "test" measures, "validation" is there for choosing settings.
"""

from dataclasses import dataclass
from functools import cache
from itertools import cycle
from random import Random

from lion.classroom.curriculum import BY_NAME, FAMILIES, Family, recognise
from lion.classroom.curriculum.marks import normalise
from lion.classroom.seeds import draw_family

DRAWS = ("balanced", "seeds")
SPLITS = ("test", "validation")
QUESTIONS_PER_FAMILY = 28


@dataclass(frozen=True, slots=True)
class Question:
    """A task with its right answer, and the family and category under which it counts."""

    instruction: str
    input: str
    answer: str
    family: str
    category: str


def questions(draw: str, split: str = "test") -> list[Question]:
    """Return the exam, always the same one; raises ValueError where there is no such draw or split."""
    if draw not in DRAWS or split not in SPLITS:
        raise ValueError(f"exam: found draw {draw!r} and split {split!r}, wanted one of {DRAWS} and one of {SPLITS}.")
    return list(_questions(draw, split))


@cache
def _questions(draw: str, split: str) -> tuple[Question, ...]:
    rng = Random(f"{draw} {split}")
    equally_often = cycle(FAMILIES)
    found: dict[Question, None] = {}
    for _ in range(QUESTIONS_PER_FAMILY * len(FAMILIES)):
        family = next(equally_often) if draw == "balanced" else draw_family(rng)
        while (question := _ask(family, split, rng)) in found:
            pass  # asked already
        found[question] = None
    return tuple(found)


def _ask(family: Family, split: str, rng: Random) -> Question:
    data = family.content(rng, split)
    task = family.pose(data, rng)
    return Question(task.instruction, task.input, family.answer(data), family.name, family.category)


def is_right(question: Question, answer: str) -> bool:
    """Return whether the answer is the right one, whatever its case, spacing and the sentence around it."""
    return normalise(answer) == normalise(question.answer)


def score(question: Question, answer: str) -> float:
    """Return the expert's own grade of the answer, from 1 to 10."""
    text = f"{question.instruction}\n{question.input}" if question.input else question.instruction
    problem = recognise(text)
    if problem is None or problem.family is not BY_NAME[question.family]:
        raise ValueError(f"exam: found {question.instruction!r}, wanted a question of the exam.")
    return float(problem.family.grade(problem.data, answer).score)
