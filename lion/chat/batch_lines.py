"""Requests as lines of a batch's input file, and the lines of its output and error files as what became of each.

Knows nothing of files, batches and connections. A custom_id is 48 digits of the request's key and the attempt number:
some providers take no more than 64 characters, and the attempt, which online travels in a header, has no other place
that every provider ignores.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx2
from openai import APIStatusError

from lion.chat.endpoint import Endpoint
from lion.chat.faults import Final, Healing, sort
from lion.chat.provider import NEWER, OLDER, UNREADABLE, read, wants_newer
from lion.chat.request import Reply, Request
from lion.errors import ProviderError

URL: Literal["/v1/chat/completions"] = "/v1/chat/completions"
Outcome = Reply | Healing | Final | ProviderError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one input file may hold: 50,000 requests and 200 MB, of which we leave a little.

    Source: https://platform.openai.com/docs/api-reference/batch/create. All requests of a file name one model
    (https://platform.openai.com/docs/guides/batch).
    """

    rows: int = 50_000
    bytes: int = 190_000_000


LIMITS = Limits()


class Newer(Healing):
    """The model takes the token limit only by its newer name."""


def identify(request: Request) -> str:
    """The custom_id of `request`."""
    return f"{request.key[:48]}-{request.attempt}"


def files(requests: Iterable[Request], limit: str, limits: Limits) -> Iterator[tuple[list[Request], bytes]]:
    """`requests` in as few input files as `limits` allow, each with its content; `limit` names the token limit."""
    by_model: dict[str, list[Request]] = {}
    for request in requests:
        by_model.setdefault(request.model, []).append(request)
    for some in by_model.values():
        yield from _split(some, limit, limits)


def _split(requests: Sequence[Request], limit: str, limits: Limits) -> Iterator[tuple[list[Request], bytes]]:
    held: list[Request] = []
    lines: list[bytes] = []
    size = 0
    for request in requests:
        line = _line(request, limit)
        if held and (len(held) == limits.rows or size + len(line) > limits.bytes):
            yield held, b"".join(lines)
            held, lines, size = [], [], 0
        held.append(request)
        lines.append(line)
        size += len(line)
    if held:
        yield held, b"".join(lines)


def _line(request: Request, limit: str) -> bytes:
    row = {"custom_id": identify(request), "method": "POST", "url": URL, "body": request.body(limit)}
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def first_limit(endpoint: Endpoint) -> str:
    """The token limit's name to begin with: a wrong one comes back as refusals, but only when the batch has ended.

    OpenAI takes the newer one for every model (https://platform.openai.com/docs/api-reference/chat/create); of other
    servers some do not know it, and then write without a limit.
    """
    return NEWER if urlsplit(endpoint.base_url).hostname == "api.openai.com" else OLDER


def lines(content: bytes) -> dict[str, dict[str, Any]]:
    """The lines of an output or error file by custom_id; what is no such line is left out."""
    found = {}
    for line in content.split(b"\n"):
        try:
            row = json.loads(line)
            found[str(row["custom_id"])] = row
        except UNREADABLE:
            continue  # then its request has no line, and is asked again
    return found


def outcome(row: dict[str, Any] | None, request: Request, endpoint: Endpoint) -> Outcome:
    """What became of `request`, by its line in the output or the error file."""
    response, error = (row or {}).get("response"), (row or {}).get("error")
    if isinstance(response, dict) and response.get("status_code"):
        return _answered(int(response["status_code"]), response.get("body"), request, endpoint)
    if not isinstance(error, dict):
        return Healing("the batch ended without a reply to this request")
    sorted_fault = sort(_fault(400, error), endpoint, request)
    if isinstance(sorted_fault, ProviderError) or (isinstance(sorted_fault, Final) and sorted_fault.own):
        return sorted_fault
    return Healing(endpoint.told(f"{error.get('code')}: {error.get('message')}"))


def _answered(status: int, body: Any, request: Request, endpoint: Endpoint) -> Outcome:
    if status == 200:
        try:
            return read(body, request.key)
        except UNREADABLE:
            return Healing(endpoint.told(f"not a chat completion: {json.dumps(body)[:200]}"))
    fault = _fault(status, body.get("error", body) if isinstance(body, dict) else body)
    if status == 400 and wants_newer(fault):
        return Newer(endpoint.told(f"400: {OLDER} is not taken"))
    return sort(fault, endpoint, request)


def _fault(status: int, body: Any) -> APIStatusError:
    """The error that the SDK would have raised for an answer like this."""
    response = httpx2.Response(status, request=httpx2.Request("POST", f"http://batch{URL}"))
    return APIStatusError(str(body), response=response, body=body)
