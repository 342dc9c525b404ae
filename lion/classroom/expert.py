"""The embedded proprietary model: chat messages in, a reply out, as teacher, referee, judge or generator.

It knows nothing about HTTP, students or pools, and it never knows who wrote an answer that it grades. Which of the
four roles is asked for shows in the structure of the last message (the templates of `lion.prompts`). A reply is a
function of the request alone: only where the temperature is above 0 does the attempt number make it another one.

Outside the curriculum it says so: as teacher in plain words, as referee and judge with cautious grades, as generator
with a light variation of the text.
"""

import json
import re
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from random import Random

from lion.classroom.curriculum import Problem, rarer, recognise
from lion.classroom.curriculum.marks import Mark
from lion.classroom.reply import Reply

_PIECE = re.compile(r"\s*(?:\w{1,6}|[^\w\s])")
_ASIDE_OPENERS = re.compile(r"^(?:Please|Now|Also|Again|Once more),? ")


def reply(
    messages: Sequence[Mapping[str, str]],
    *,
    temperature: float,
    top_p: float = 1.0,
    max_tokens: int | None = None,
    attempt: int = 0,
) -> Reply:
    """Return the expert's reply to the last message; the others are counted and otherwise ignored.

    Tokens are estimated: a run of up to six word characters, or one other character that is no space, is one.
    """
    rng = _random(messages, temperature, top_p, attempt)
    prompt = messages[-1]["content"] if messages else ""
    text = _in_role(prompt.strip(), temperature, rng)
    prompt_tokens = sum(count_tokens(message["content"]) for message in messages)
    tokens = count_tokens(text)
    if max_tokens is None or tokens <= max_tokens:
        return Reply(text, "stop", prompt_tokens, tokens)
    return Reply(_cut(text, max_tokens), "length", prompt_tokens, max_tokens)


def count_tokens(text: str) -> int:
    """Return the estimated number of tokens."""
    return len(_PIECE.findall(text))


def _cut(text: str, max_tokens: int) -> str:
    return "".join(_PIECE.findall(text)[:max_tokens])


def _random(messages: Sequence[Mapping[str, str]], temperature: float, top_p: float, attempt: int) -> Random:
    sampling = [temperature, top_p, attempt] if temperature > 0 else []
    request = json.dumps([[message["content"] for message in messages], sampling])
    return Random(int.from_bytes(blake2b(request.encode(), digest_size=8).digest()))


def _in_role(prompt: str, temperature: float, rng: Random) -> str:
    if compared := _read_comparison(prompt, "instruction"):
        return _referee(*compared, temperature, rng)
    if compared := _read_comparison(prompt, "question"):
        return _judge(*compared, temperature, rng)
    if given := _read_given(prompt):
        return _generate(given[0], given[1], rng)
    return _teach(prompt, temperature, rng)


# --- teacher

_SENTENCES = ("The answer is {}.", "It is {}.", "{}.", "Answer: {}", "{} is the answer.", "That makes {}.")


def _teach(task: str, temperature: float, rng: Random) -> str:
    problem = recognise(task)
    if problem is None:
        return _decline(task, temperature, rng)
    if rng.random() < 0.25 * min(temperature, 2.0):
        return rng.choice(_SENTENCES).format(problem.answer)
    return problem.answer


_REGRETS = (
    "This lies outside what I was taught, so I would rather not guess.",
    "I was not taught this kind of task and cannot answer it well.",
    "My schooling does not reach this far; please ask someone who knows the subject.",
)


def _decline(task: str, temperature: float, rng: Random) -> str:
    about = " ".join(task.split()[:8])
    regret = rng.choice(_REGRETS) if temperature > 0 else _REGRETS[0]
    return f"{regret} You asked: {about}" if about else regret


# --- referee and judge

_ANSWER_1, _END_1 = "\n[Answer of Assistant 1]\n", "\n[End of the answer of Assistant 1]\n"
_ANSWER_2, _END_2 = "\n[Answer of Assistant 2]\n", "\n[End of the answer of Assistant 2]\n"
_BETWEEN = f"{_END_1}{_ANSWER_2}"


def _read_comparison(prompt: str, kind: str) -> tuple[str, str, str] | None:
    """Return task, first and second answer; `kind` is what the prompt calls the task.

    An answer may hold these marks itself. What lies between the first and the last parting of the two answers could be
    either's and counts for nobody, so that a forged mark never changes what the other assistant is graded on.
    """
    begin, end = f"[{kind.capitalize()}]\n", f"\n[End of the {kind}]\n{_ANSWER_1}"
    if not prompt.startswith(begin):
        return None
    task_end, second_end = prompt.find(end), prompt.rfind(_END_2)
    first_end, second = prompt.find(_BETWEEN), prompt.rfind(_BETWEEN, 0, second_end)
    if not 0 <= task_end <= first_end <= second:
        return None
    first = prompt[task_end + len(end) : first_end]
    return prompt[len(begin) : task_end], first, prompt[second + len(_BETWEEN) : second_end]


def _referee(task: str, first: str, second: str, temperature: float, rng: Random) -> str:
    why, marks = _compare(task, first, second, temperature, rng)
    scores = "\n".join(f"Score of the Assistant {number}: {mark.score}" for number, mark in enumerate(marks, 1))
    return f"{why}\n\n{scores}"


def _judge(task: str, first: str, second: str, temperature: float, rng: Random) -> str:
    why, marks = _compare(task, first, second, temperature, rng)
    return f"{' '.join(str(mark.score) for mark in marks)}\n{why}"


def _compare(task: str, first: str, second: str, temperature: float, rng: Random) -> tuple[str, list[Mark]]:
    """Return the reasons in words, and the marks of both answers."""
    problem = recognise(task)
    marks = [_mark(problem, answer) for answer in (first, second)]
    parts = [_opening(problem, temperature, rng)]
    parts += [f"Assistant {number} {mark.reason}." for number, mark in enumerate(marks, 1)]
    return " ".join(parts), marks


_VERDICTS = ("The right answer is {}.", "I make it {}.", "What the task asks for is {}.", "Worked out, it is {}.")


def _opening(problem: Problem | None, temperature: float, rng: Random) -> str:
    if problem is None:
        return "I cannot solve this task myself, so I judge by the form of the answers alone."
    return (rng.choice(_VERDICTS) if temperature > 0 else _VERDICTS[0]).format(problem.answer)


def _mark(problem: Problem | None, answer: str) -> Mark:
    if problem is not None:
        return problem.family.grade(problem.data, answer)
    words = len(answer.split())
    if not words:
        return Mark(1, "says nothing")
    return Mark(6, "gives a reply of some length") if words > 2 else Mark(5, "gives a very short reply")


# --- generator

_GIVEN, _NEW = "#Given Prompt#:\n", "#New Prompt#:"


def _read_given(prompt: str) -> tuple[str, bool] | None:
    """Return the seed's text and whether a rarer kind of task is wanted."""
    start = prompt.find(_GIVEN)
    if start < 0 or not prompt.endswith(_NEW):
        return None
    return prompt[start + len(_GIVEN) : -len(_NEW)].strip(), "rarer" in prompt[:start]


def _generate(seed: str, wants_rarer: bool, rng: Random) -> str:
    problem = recognise(seed)
    if problem is None:
        return _vary(seed, rng)
    family = rng.choice(rarer(problem.family)) if wants_rarer else problem.family
    hardness = problem.family.sizes.index(problem.family.level(problem.data))
    data = family.content(rng, "pool", family.sizes[min(hardness, len(family.sizes) - 1)])
    return family.pose(data, rng).text


_TURNS = (
    "In two or three sentences: {}",
    "{} Name one example as well.",
    "For someone new to the subject: {}",
    "{} Then say what speaks against it.",
    "As if you wrote to a friend: {}",
    "{} Keep to what matters most.",
)


def _vary(seed: str, rng: Random) -> str:
    return rng.choice(_TURNS).format(_ASIDE_OPENERS.sub("", seed))
