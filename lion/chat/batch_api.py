"""The provider's files and batches, call by call. Knows nothing of what the files hold, and tries nothing again.

https://platform.openai.com/docs/api-reference/batch and /files.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Self, TypeVar

import aiohttp
import httpx2
from openai import APIStatusError, AsyncOpenAI, DefaultAioHttpClient, OpenAIError
from openai.types import Batch

from lion.chat.batch_lines import URL
from lion.chat.endpoint import Endpoint
from lion.chat.faults import Final, Healing, sort
from lion.chat.provider import CONNECT_S
from lion.chat.request import Request
from lion.errors import ProviderError

T = TypeVar("T")
TOKEN = "lion_batch"
"""The field of a batch's metadata that holds its token."""
TRANSFER_S = 600.0
"""How long an upload or download may stand still: the largest file takes a provider a while to read."""
SKEW_S = 3600.0
"""How far the provider's clock may be off."""
WINDOW_S = 24 * 3600.0
ENDED = {"completed", "failed", "expired", "cancelled"}
NO_BATCHES = {404, 405, 501}
NO_REQUEST = Request("", "", "", "", 1, 1, 1)
"""A fault of a batch is no request's: and only a 404, which is told here, would name its model."""


class Lost(Exception):
    """The provider does not know the batch or its file."""


@dataclass(frozen=True, slots=True)
class State:
    """How a batch stands. `status` is in lower case, `due` in seconds since 1970."""

    id: str
    status: str
    due: float
    total: int
    completed: int
    failed: int
    output_file_id: str | None
    error_file_id: str | None
    errors: str

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in ENDED


class BatchApi:
    """A client of one endpoint, for one event loop. Every call raises Healing, Lost or ProviderError."""

    def __init__(self, endpoint: Endpoint, timeout_s: float) -> None:
        self._endpoint, self._timeout_s = endpoint, timeout_s
        connect_s = min(timeout_s, CONNECT_S)
        self._transfer = httpx2.Timeout(max(timeout_s, TRANSFER_S), connect=connect_s)
        self._client = AsyncOpenAI(
            base_url=endpoint.base_url,
            api_key=endpoint.key,
            max_retries=0,
            http_client=DefaultAioHttpClient(
                timeout=httpx2.Timeout(timeout_s, connect=connect_s), trust_env=not endpoint.loopback
            ),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def upload(self, content: bytes) -> str:
        """The id of a new input file."""
        file = ("requests.jsonl", content, "application/jsonl")
        call = self._client.files.create(file=file, purpose="batch", timeout=self._transfer)
        return (await self._asked(call, is_new=True)).id

    async def create(self, file_id: str, token: str) -> str:
        """The id of a new batch."""
        call = self._client.batches.create(
            input_file_id=file_id, endpoint=URL, completion_window="24h", metadata={TOKEN: token}
        )
        return (await self._asked(call, is_new=True)).id

    async def retrieve(self, id: str) -> State:
        """How the batch stands."""
        return _state(await self._asked(self._client.batches.retrieve(id)))

    async def content(self, file_id: str) -> bytes:
        """The whole of a file."""
        return (await self._asked(self._client.files.content(file_id, timeout=self._transfer))).content

    async def find(self, token: str, since: float) -> str | None:
        """The id of the batch with this token, made after `since` (seconds since 1970), or None."""
        page = await self._asked(self._client.batches.list(limit=100), is_new=True)
        while True:
            for batch in page.data:
                if (batch.metadata or {}).get(TOKEN) == token:
                    return batch.id
            if not page.data or page.data[-1].created_at < since - SKEW_S or not page.has_next_page():
                return None
            page = await self._asked(page.get_next_page(), is_new=True)

    async def _asked(self, call: Awaitable[T], is_new: bool = False) -> T:
        try:
            answer = await call
        except (OpenAIError, aiohttp.ClientError, TimeoutError) as fault:
            raise self._sorted(fault, is_new) from None
        if isinstance(answer, str):  # what the SDK makes of a body that is not JSON
            raise Healing(self._endpoint.told(f"not of the Batch API: {answer[:200]}"))
        return answer

    def _sorted(self, fault: OpenAIError | aiohttp.ClientError | TimeoutError, is_new: bool) -> Exception:
        """`fault` as what is to be done about it; `is_new` says that it cannot be a batch or file that is no more."""
        place = f"{self._endpoint.param}.endpoint {self._endpoint.name}"
        if isinstance(fault, APIStatusError) and fault.status_code in NO_BATCHES:
            if not is_new:
                return Lost(self._endpoint.told(str(fault)))
            return ProviderError(
                f"{place}: {fault.status_code} ({self._endpoint.told(fault.message)}), wanted an endpoint with a "
                "Batch API. Set runtime.mode to online."
            )
        sorted_fault = sort(fault, self._endpoint, NO_REQUEST)
        if isinstance(sorted_fault, Final):
            return ProviderError(f"{place}: {sorted_fault.failure.detail}, wanted a batch that it accepts.")
        return sorted_fault


def _state(batch: Batch) -> State:
    counts = batch.request_counts
    told = [fault for fault in (batch.errors and batch.errors.data) or [] if fault]
    lines = [f"line {fault.line}: " if fault.line else "" for fault in told]
    return State(
        id=batch.id,
        status=str(batch.status).lower(),
        due=float(batch.expires_at or (batch.created_at or time.time()) + WINDOW_S),
        total=counts.total if counts else 0,
        completed=counts.completed if counts else 0,
        failed=counts.failed if counts else 0,
        output_file_id=batch.output_file_id,
        error_file_id=batch.error_file_id,
        errors="; ".join(f"{line}{fault.message or fault.code}" for line, fault in zip(lines, told, strict=True)),
    )
