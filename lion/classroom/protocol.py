"""OpenAI's chat-completions protocol, as the classroom speaks it. Knows nothing of sockets and of what is taught."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from lion.classroom.reply import Reply

T = TypeVar("T")
ROLES = ("system", "developer", "user", "assistant")


class Refusal(Exception):
    """A request that is not answered: its HTTP status, and the error's kind and words."""

    def __init__(self, status: int, kind: str, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}
        self.headers: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request in good order. `attempt` is set apart from the sampling: it only tells repetitions apart."""

    model: str
    messages: list[dict[str, str]]
    temperature: float
    top_p: float
    max_tokens: int | None
    attempt: int
    stream: bool
    stream_usage: bool


def parse(body: bytes, attempt: str) -> Asked:
    """The request in `body`; `attempt` is the header's text. Raises Refusal (400) for what is not well formed."""
    try:
        asked = json.loads(body)
    except ValueError as fault:
        raise _invalid(f"the body is not JSON ({fault})") from None
    if not isinstance(asked, dict):
        raise _invalid(f"found {type(asked).__name__}, wanted a JSON object")
    if _integer(asked, "n", 1, 1) not in (None, 1):
        raise _invalid("only n = 1 is served", "n")
    newer = _integer(asked, "max_completion_tokens", 1)
    seed = _integer(asked, "seed", -(2**63)) or 0
    return Asked(
        model=_model(asked),
        messages=_messages(asked),
        temperature=_number(asked, "temperature", 0, 2),
        top_p=_number(asked, "top_p", 0, 1),
        max_tokens=newer if newer is not None else _integer(asked, "max_tokens", 1),
        attempt=_attempt(attempt) + seed,
        stream=_given(asked, "stream", bool, False),
        stream_usage=bool(_given(asked, "stream_options", dict, {}).get("include_usage")),
    )


def _invalid(message: str, param: str | None = None) -> Refusal:
    return Refusal(400, "invalid_request_error", f"{param}: {message}" if param else message, param)


def _model(asked: dict[str, Any]) -> str:
    model = asked.get("model")
    if not isinstance(model, str) or not model:
        raise _invalid(f"found {model!r}, wanted a model's name", "model")
    return model


def _attempt(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise _invalid(f"X-Lion-Attempt: found {text!r}, wanted a whole number")
    return int(text)


def _given(asked: dict[str, Any], name: str, kind: type[T], default: T) -> T:
    value = asked.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _invalid(f"found {value!r}, wanted {kind.__name__}", name)
    return value


def _integer(asked: dict[str, Any], name: str, least: int, most: int = 2**63) -> int | None:
    value = asked.get(name)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most):
        raise _invalid(f"found {value!r}, wanted a whole number of at least {least}", name)
    return value


def _number(asked: dict[str, Any], name: str, least: float, most: float) -> float:
    value = asked.get(name)
    if value is None:
        return 1.0
    if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
        raise _invalid(f"found {value!r}, wanted a number from {least} to {most}", name)
    return float(value)


def _messages(asked: dict[str, Any]) -> list[dict[str, str]]:
    messages = asked.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _invalid("wanted a list of at least one message", "messages")
    return [_message(message, f"messages[{n}]") for n, message in enumerate(messages)]


def _message(message: Any, where: str) -> dict[str, str]:
    if not isinstance(message, dict) or message.get("role") not in ROLES:
        raise _invalid(f"wanted an object whose role is one of {', '.join(ROLES)}", where)
    return {"role": message["role"], "content": _content(message.get("content"), f"{where}.content")}


def _content(content: Any, where: str) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        if len(texts) == len(content) and all(isinstance(text, str) for text in texts):
            return "".join(map(str, texts))
    raise _invalid("wanted a text, or a list of text parts", where)


def completion(id: str, created: int, model: str, reply: Reply) -> dict[str, Any]:
    """The whole of a reply, as an answer that is not streamed. Empty text is sent as null, as providers do."""
    message = {"role": "assistant", "content": reply.text or None, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reply.finish_reason}
    return {
        "id": id,
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [choice],
        "usage": _usage(reply),
    }


def chunks(id: str, created: int, model: str, reply: Reply, usage: bool) -> Iterator[bytes]:
    """The same as server-sent events: a word at a time, the finish, the usage where it was asked for, the end."""
    head = {"id": id, "object": "chat.completion.chunk", "created": created, "model": model}
    words = reply.text.split(" ") if reply.text else []
    deltas: list[Mapping[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": f" {word}" if n else word} for n, word in enumerate(words)]
    for delta in deltas:
        yield _event({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _event({**head, "choices": [{"index": 0, "delta": {}, "finish_reason": reply.finish_reason}]})
    if usage:
        yield _event({**head, "choices": [], "usage": _usage(reply)})
    yield b"data: [DONE]\n\n"


def _event(value: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def _usage(reply: Reply) -> dict[str, int]:
    total = reply.prompt_tokens + reply.completion_tokens
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "total_tokens": total,
    }
