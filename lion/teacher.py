"""The teacher answers instructions (paper, section 3.1). Knows what to ask and which replies are answers.

A reply that is empty, cut off or refused is asked for again, dropped with its reason or kept, as the params say.
Nothing ever stands in for an answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lion.chat import Chat, Exchange, Reply, Request
from lion.errors import ProviderError
from lion.params import Teacher
from lion.prompts import Prompts
from lion.records import Answer, Instruction, Reason, Rejected


def answer(
    instructions: Sequence[Instruction], settings: Teacher, prompts: Prompts, chat: Chat
) -> Iterator[tuple[Answer | Rejected, Exchange]]:
    """An answer, or the reason why there is none, for each instruction in turn, with the exchange it came from."""
    requests = (Request.to(settings, prompts.teach(item), settings.max_tokens) for item in instructions)
    exchanges = chat.ask(requests, lambda reply: is_final(reply, settings), settings.attempts)
    for instruction, exchange in zip(instructions, exchanges, strict=True):
        yield judge(instruction.id, exchange, settings), exchange


def account(answered: int, unanswered: Counter[Reason], max_failed_share: float) -> None:
    """Raises ProviderError, with the three commonest reasons, where too large a share of a pool has no answer."""
    lost, pool = unanswered.total(), answered + unanswered.total()
    if lost <= max_failed_share * pool:
        return
    told = ", ".join(f"{reason} {count}" for reason, count in unanswered.most_common(3))
    raise ProviderError(
        f"answer: {lost} of {pool} instructions are without an answer ({told}), wanted at most "
        f"{max_failed_share:.0%} (runtime.max_failed_share). `length`: raise teacher.max_tokens; else see the replies "
        "in the journal and choose another teacher.model. What was bought is kept."
    )


def fault(reply: Reply) -> Reason | None:
    """Why a reply is no answer; None where it is one."""
    if reply.finish_reason == "content_filter":
        return "refused"
    if reply.finish_reason == "length":
        return "length"
    return None if reply.text.strip() else "empty"


def handling(reply: Reply, settings: Teacher) -> str:
    """What the params want done with a reply: `keep`, `drop` or `ask_again`. One without text is never kept."""
    reason = fault(reply)
    if reason is None:
        return "keep"
    if not reply.text.strip():
        return "drop" if settings.on_empty == "drop" else "ask_again"
    return settings.on_length if reason == "length" else settings.on_refused


def is_final(reply: Reply, settings: Teacher) -> bool:
    """Whether a reply is not to be asked for again, be it an answer or dropped."""
    return handling(reply, settings) != "ask_again"


def judge(id: str, exchange: Exchange, settings: Teacher) -> Answer | Rejected:
    """The last reply of an exchange as the answer to `id`, or the reason why it is none."""
    if exchange.failure is not None:
        return Rejected(id, exchange.failure.reason, exchange.failure.detail)
    reply = exchange.replies[-1]
    reason = fault(reply)
    if reason is None or handling(reply, settings) == "keep":
        return Answer(id, reply.text.strip())
    return Rejected(id, reason, f"the last of {len(exchange.replies)} replies ended with {reply.finish_reason!r}")
