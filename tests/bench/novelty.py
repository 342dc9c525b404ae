"""How quick the novelty rule is: `python tests/bench/novelty.py`; needs LION_DATA_HOME. Prints, asserts nothing.

Pool: Alpaca's 52,002 instructions. Candidates: 6,000 seeded rewrites of them, from nearly the same to another text.
Beside it, in the same process, what the paper's authors do (rouge-score's LCS over the pool, words split beforehand)
and a plain rapidfuzz cdist over it. Each case runs in a process of its own, which tells its largest memory.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist
from rouge_score.rouge_scorer import _score_lcs

from lion.novelty import Index, f1s
from lion.words import words

CANDIDATES = 6_000
LIMIT = 0.7
REFERENCE_SAMPLE, CDIST_SAMPLE, GROWTH_SAMPLE = 12, 200, 1_000
TIMES = 10


def alpaca() -> list[str]:
    """The instructions of Alpaca, without their inputs."""
    path = Path(os.environ["LION_DATA_HOME"]) / "alpaca/alpaca_data.json"
    return [record["instruction"] for record in json.loads(path.read_text("utf-8"))]


def rewrite(text: str, share: float, stock: Sequence[str], random: Random) -> str:
    """`text` with `share` of its words put out of it, replaced by others or followed by others."""
    changed: list[str] = []
    for word in text.split():
        if random.random() >= share:
            changed.append(word)
        else:
            changed += random.choice([[], [random.choice(stock)], [random.choice(stock)], [word, random.choice(stock)]])
    return " ".join(changed)


def rewrites(texts: Sequence[str], count: int, random: Random) -> list[str]:
    """Rewrites at all levels of similarity, each level as often."""
    stock = [word for text in texts for word in text.split()]
    return [rewrite(random.choice(texts), random.random(), stock, random) for _ in range(count)]


def timed(ask: Callable[[str], object], candidates: Sequence[str]) -> tuple[list[float], list[object]]:
    """Seconds and outcome of each candidate."""
    seconds, found = [], []
    for text in candidates:
        begun = perf_counter()
        found.append(ask(text))
        seconds.append(perf_counter() - begun)
    return seconds, found


def spread(sample: int, candidates: Sequence[str]) -> Sequence[str]:
    return candidates[:: len(candidates) // sample][:sample]


def by_reference(pool: Sequence[str]) -> Callable[[str], object]:
    """Whether the F1 of rouge-score with any text of `pool` is over the limit."""
    known = [words(text) for text in pool]

    def ask(text: str) -> bool:
        own = words(text)
        return max(_score_lcs(other, own).fmeasure for other in known) > LIMIT

    return ask


def by_cdist(pool: Sequence[str]) -> Callable[[str], object]:
    """The same by aligning the text with all of `pool`, a code point for each word."""
    codes: dict[str, str] = {}

    def encode(text: str) -> str:
        return "".join(codes.setdefault(word, chr(len(codes) + 1)) for word in words(text))

    known = [encode(text) for text in pool]
    lengths = np.array([max(len(text), 1) for text in known])

    def ask(text: str) -> bool:
        own = encode(text)
        common = cdist([own], known, scorer=LCSseq.similarity, dtype=np.int32)[0]
        return bool(f1s(common, max(len(own), 1), lengths).max() > LIMIT)

    return ask


def speed() -> Iterator[tuple[str, str]]:
    """6,000 candidates against the real pool."""
    pool = alpaca()
    candidates = rewrites(pool, CANDIDATES, Random(7))
    begun = perf_counter()
    known = Index((str(number), text) for number, text in enumerate(pool))
    built = perf_counter() - begun
    seconds, accepted = [], 0
    for number, text in enumerate(candidates):
        asked = perf_counter()
        near = known.nearest(text, LIMIT)
        seconds.append(perf_counter() - asked)
        if near is None:
            known.add(f"new-{number}", text)
            accepted += 1
    whole = perf_counter() - begun
    memory = memory_mb()
    yield "index of 52,002 built", f"{built:.2f} s"
    yield (
        "a candidate, median / mean / 99th",
        " / ".join(
            f"{value * 1e6:.0f} us"
            for value in (median(seconds), mean(seconds), sorted(seconds)[len(seconds) * 99 // 100])
        ),
    )
    yield f"all 6,000 with building, {accepted} accepted and added", f"{whole:.2f} s"
    yield "largest memory of the process", f"{memory:.0f} MB"
    fresh = Index((str(number), text) for number, text in enumerate(pool))
    for name, baseline, size in (("rouge-score", by_reference, REFERENCE_SAMPLE), ("cdist", by_cdist, CDIST_SAMPLE)):
        sample = spread(size, candidates)
        theirs, verdicts = timed(baseline(pool), sample)
        _, ours = timed(lambda text: fresh.nearest(text, LIMIT) is not None, sample)
        yield f"{name}, median of {size}", f"{median(theirs) * 1e3:.2f} ms = {median(theirs) / median(seconds):,.0f} x"
        yield "  other verdicts", str(sum(one != other for one, other in zip(ours, verdicts, strict=True)))


def growth() -> Iterator[tuple[str, str]]:
    """The same candidates against ten times as many: the real ones and nine rewrites of each."""
    pool = alpaca()
    random = Random(8)
    stock = [word for text in pool for word in text.split()]
    large = pool + [rewrite(text, random.uniform(0.1, 0.5), stock, random) for _ in range(TIMES - 1) for text in pool]
    few, many = (Index((str(number), text) for number, text in enumerate(texts)) for texts in (pool, large))
    candidates = rewrites(pool, GROWTH_SAMPLE, Random(7))
    pairs = [(timed_one(few, text), timed_one(many, text)) for text in candidates]
    small, big = (median(column) for column in zip(*pairs, strict=True))
    yield (
        f"a candidate at {len(pool):,} / at {len(large):,}",
        f"{small * 1e6:.0f} / {big * 1e6:.0f} us = {big / small:.2f} x",
    )
    yield "largest memory of the process, both indices", f"{memory_mb():.0f} MB"


def timed_one(known: Index, text: str) -> float:
    begun = perf_counter()
    known.nearest(text, LIMIT)
    return perf_counter() - begun


def worst() -> Iterator[tuple[str, str]]:
    """Pools and candidates that defeat the filters."""
    random = Random(9)
    same = ["Write a poem about the sea at night."] * 5_000
    template = [
        f"Write a story about topic{number} in the style of author{number % 997} with {number % 89} lines, please"
        for number in range(52_002)
    ]
    long = " ".join(random.choices(alpaca(), k=1_500))
    long = " ".join(long.split()[:20_000])
    other = rewrite(long, 0.1, ["other"], random)
    cases = {
        "5,000 identical": (same, ["write a poem about the sky at night", *same[:1]]),
        "52,002 of one template": (template, [text.replace("story", "tale") for text in template[:20]]),
        "one of 20,000 words": ([*alpaca(), long], [other, long, "Write a poem."]),
        "empty, symbols": (alpaca(), ["", "?!", "§ — …"]),
    }
    for name, (pool, candidates) in cases.items():
        known = Index((str(number), text) for number, text in enumerate(pool))
        seconds, _ = timed(lambda text, known=known: known.nearest(text, LIMIT), candidates)
        yield f"{name}, median / slowest", f"{median(seconds) * 1e3:.2f} / {max(seconds) * 1e3:.2f} ms"


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


CASES = {"speed": speed, "growth": growth, "worst": worst}


def main() -> None:
    if "LION_DATA_HOME" not in os.environ:
        sys.exit("novelty: LION_DATA_HOME is not set, wanted the folder that holds alpaca/alpaca_data.json")
    if len(sys.argv) > 1:
        for name, value in CASES[sys.argv[1]]():
            print(f"{name:58} {value}", flush=True)
        return
    for case, run in CASES.items():
        print(f"\n{case}: {run.__doc__}")
        subprocess.run([sys.executable, __file__, case], check=True)


if __name__ == "__main__":
    main()
