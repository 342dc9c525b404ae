"""One call to an OpenAI-compatible endpoint: a Request out, a Reply back. Knows nothing of retries and journals.

The request goes through the SDK's own `AsyncOpenAI`, over its aiohttp transport, and the JSON is read here rather than
made into the SDK's objects: measured on loopback, 0.8 ms of CPU a call instead of 3.0 ms. It also keeps replies of
compatible servers legible that lack fields of OpenAI's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any, Self

import aiohttp
import httpx2
from openai import APIStatusError, AsyncOpenAI, BadRequestError, DefaultAioHttpClient, OpenAIError

from lion.chat.endpoint import Endpoint
from lion.chat.faults import Healing, sort
from lion.chat.request import FILTERED, Reply, Request, whole

CONNECT_S = 10.0
"""A server that has not taken a connection by then will not: far longer than any handshake."""
OLDER, NEWER = "max_tokens", "max_completion_tokens"
UNREADABLE = (ValueError, KeyError, IndexError, TypeError, AttributeError)


class Provider:
    """A client of one endpoint, for one event loop. `timeout_s` bounds a whole call, the connection included."""

    def __init__(self, endpoint: Endpoint, timeout_s: float, connections: int) -> None:
        self.endpoint, self._timeout_s = endpoint, timeout_s
        # Every server knows the older name. Those that do not know the newer one ignore it and write without a limit;
        # those that no longer take the older one say so at once and for nothing: then it is the newer one from then on.
        self._limit = OLDER
        self._client = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.key,
            max_retries=0,
            http_client=DefaultAioHttpClient(
                timeout=httpx2.Timeout(timeout_s, connect=min(timeout_s, CONNECT_S)),
                limits=httpx2.Limits(max_connections=connections, max_keepalive_connections=connections),
                trust_env=not endpoint.loopback,  # a proxy cannot reach this machine's own servers
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def complete(self, request: Request, hear: Callable[[Mapping[str, str]], None]) -> Reply:
        """The reply to `request`; `hear` is given the headers of whatever answer came, good or bad.

        Raises Healing, Final or ProviderError, as `lion.chat.faults` sorts them.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._post(request)
        except (OpenAIError, aiohttp.ClientError, TimeoutError) as fault:
            if isinstance(fault, APIStatusError):
                hear(fault.response.headers)
            raise sort(fault, self.endpoint, request) from None
        hear(response.headers)
        return self._read(response, request.key)

    async def _post(self, request: Request) -> httpx2.Response:
        limit = self._limit
        try:
            return await self._send(request, limit)
        except BadRequestError as fault:
            if limit != OLDER or not wants_newer(fault):
                raise
            self._limit = NEWER
            return await self._send(request, NEWER)

    async def _send(self, request: Request, limit: str) -> httpx2.Response:
        return await self._client.post(
            "/chat/completions",
            cast_to=httpx2.Response,
            body=request.body(limit),
            options={"headers": {"X-Lion-Attempt": str(request.attempt)}},
        )

    def _read(self, response: httpx2.Response, key: str) -> Reply:
        """The reply in `response`. Raises Healing for a body that is no reply: some servers report errors as 200."""
        try:
            return read(json.loads(response.content), key)
        except UNREADABLE:
            raise Healing(self.endpoint.told(f"not a chat completion: {response.text[:200]}")) from None


def read(body: Any, key: str) -> Reply:
    """The reply in the body of a chat completion. Raises one of UNREADABLE where it is none."""
    choice = body["choices"][0]
    text, finish = _content(choice["message"]), str(choice.get("finish_reason") or "stop")
    usage = body.get("usage") or {}
    counts = [int(usage.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    if not text and choice["message"].get("refusal"):
        finish = FILTERED
    return Reply(key, whole(text), finish, counts[0], counts[1])


def _content(message: dict[str, Any]) -> str:
    """The text of a message; nothing where there is none; the texts of its parts where a server sends parts."""
    content = message.get("content") or ""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content)
    return str(content)


def wants_newer(fault: APIStatusError) -> bool:
    """Whether a server says that it takes the token limit only by its newer name."""
    return NEWER in str(fault.body)
