"""The failings of a real provider: delays, limits, errors, lost connections, spoilt replies. All off by default.

Knows nothing of HTTP and nothing of what is taught. Faults by share are drawn from (seed, request, how often that
request was let in before): runs are reproducible whatever the order of requests, and a retry can heal.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from hashlib import blake2b
from typing import Any, Literal

from lion.classroom.reply import Reply

Kind = Literal["answer", "server_error", "unavailable", "hang", "cut"]
Spoil = Literal["length", "empty", "unscored"]
SCORE = re.compile(r"^Score of the Assistant [12]:.*\n?", re.MULTILINE)


def _setting(default: Any, help: str) -> Any:
    return field(default=default, metadata={"help": help})


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one request: its delay, whether it is answered, and how the answer is spoilt, if it is."""

    kind: Kind = "answer"
    latency_s: float = 0.0
    spoil: Spoil | None = None


HEALTHY = Fate()


@dataclass(frozen=True, slots=True)
class Faults:
    """The settings. Each field is also a flag of the server, with its `help`."""

    seed: int = _setting(0, "Seed of everything that is drawn below.")
    latency_s: float = _setting(0.0, "Mean delay of a reply, in seconds.")
    jitter_s: float = _setting(0.0, "Delays spread evenly over this much to either side of the mean.")
    requests_per_minute: int = _setting(0, "Answer 429 beyond this; 0: no limit.")
    tokens_per_minute: int = _setting(0, "Answer 429 beyond this many prompt and completion tokens; 0: no limit.")
    burst_s: float = _setting(60.0, "How many seconds' worth of allowance an idle client can save up.")
    server_error_share: float = _setting(0.0, "Share of requests answered with 500.")
    unavailable_share: float = _setting(0.0, "Share of requests answered with 503.")
    hang_share: float = _setting(0.0, "Share of requests never answered.")
    cut_share: float = _setting(0.0, "Share of requests whose connection is cut in the middle of the reply.")
    length_share: float = _setting(0.0, "Share of replies cut short, with finish_reason length.")
    empty_share: float = _setting(0.0, "Share of replies without content.")
    unscored_share: float = _setting(0.0, "Share of the referee's replies without their score lines.")
    batch_delay_s: float = _setting(0.0, "How long a batch takes, in seconds.")
    batch_expire_share: float = _setting(0.0, "Share of a batch's rows that are not done in time.")
    batch_fail_share: float = _setting(0.0, "Share of batches that fail as a whole.")

    def __post_init__(self) -> None:
        batches = {"batch_expire": self.batch_expire_share}, {"batch_fail": self.batch_fail_share}
        for shares in (self._losses(), self._spoils(), *batches):
            if min(shares.values()) < 0 or sum(shares.values()) > 1:
                raise ValueError(f"shares {shares}: wanted each at least 0 and their sum at most 1")

    def fate(self, request: bytes, seen: int) -> Fate:
        """What becomes of `request` (a digest of it) when it is let in for the `seen`-th time, counted from 0."""
        if self == Faults(seed=self.seed):
            return HEALTHY
        loss, spoil, delay = self._draws(request, seen)
        return Fate(
            kind=_pick(loss, self._losses()) or "answer",
            latency_s=max(0.0, self.latency_s + self.jitter_s * (2 * delay - 1)),
            spoil=_pick(spoil, self._spoils()),
        )

    def expires(self, request: bytes, seen: int) -> bool:
        """Whether a row of a batch is not done in time when it is let in for the `seen`-th time."""
        return self._draws(b"expires" + request, seen)[0] < self.batch_expire_share

    def fails(self, file: bytes, seen: int) -> bool:
        """Whether the `seen`-th batch of an input file (a digest of it) fails as a whole."""
        return self._draws(b"fails" + file, seen)[0] < self.batch_fail_share

    def _losses(self) -> dict[Any, float]:
        return {
            "server_error": self.server_error_share,
            "unavailable": self.unavailable_share,
            "hang": self.hang_share,
            "cut": self.cut_share,
        }

    def _spoils(self) -> dict[Any, float]:
        return {"length": self.length_share, "empty": self.empty_share, "unscored": self.unscored_share}

    def _draws(self, request: bytes, seen: int) -> tuple[float, float, float]:
        """Three numbers of [0, 1) that depend on nothing else."""
        bits = blake2b(b"%d %d %b" % (self.seed, seen, request), digest_size=24).digest()
        one, two, three = (int.from_bytes(bits[i : i + 8]) / 2**64 for i in (0, 8, 16))
        return one, two, three


SETTINGS = fields(Faults)


def _pick(draw: float, shares: dict[Any, float]) -> Any:
    """The name in whose slice of [0, 1) `draw` falls, or None."""
    reached = 0.0
    for name, share in shares.items():
        reached += share
        if draw < reached:
            return name
    return None


def spoilt(reply: Reply, fate: Fate) -> Reply:
    """`reply` as its fate leaves it."""
    if fate.spoil is None:
        return reply
    if fate.spoil == "length":
        half = reply.completion_tokens // 2
        return replace(reply, text=shorten(reply.text), finish_reason="length", completion_tokens=half)
    return replace(reply, text="" if fate.spoil == "empty" else without_scores(reply.text))


def shorten(text: str) -> str:
    """The first half of the words of `text`, as a reply that met its token limit."""
    words = text.split(" ")
    return " ".join(words[: len(words) // 2])


def without_scores(text: str) -> str:
    """A referee's reply without its score lines; any other text as it is."""
    return SCORE.sub("", text)
