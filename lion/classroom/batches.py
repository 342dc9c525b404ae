"""OpenAI's Batch API, as the classroom speaks it: files of requests in, files of replies out, all in memory.

Knows the protocol of files and batches, and nothing of how a row is read and answered.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, TypeVar

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lion.classroom import wire
from lion.classroom.faults import Faults
from lion.classroom.ledger import Ledger
from lion.classroom.protocol import Refusal
from lion.classroom.rows import URL, Answer, Reader, Row, answered, is_answer, told, undone

T = TypeVar("T")

MAX_FILE_BYTES = 200 * 10**6
"""https://platform.openai.com/docs/api-reference/batch/create"""
FORM_BYTES = 2**16
"""What a form may have around its file."""
MAX_STORED_BYTES = 2**30
WINDOW_S = 24 * 3600
TICK_S = 0.05
BREATH = 8
"""Rows that are read or answered before other requests have their turn."""
ENDED = {"completed", "failed", "expired", "cancelled"}
Handler = Callable[[Request], Awaitable[Response]]


@dataclass
class Batch:
    """One batch on its way from `validating` to its end."""

    id: str
    input_file_id: str
    metadata: dict[str, str] | None
    created: int = field(default_factory=lambda: int(time.time()))
    status: str = "validating"
    total: int = 0
    completed: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    errors: list[Row] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    def shown(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": URL,
            "errors": {"object": "list", "data": self.errors} if self.errors else None,
            "input_file_id": self.input_file_id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created,
            "expires_at": self.created + WINDOW_S,
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
        }


class Batches:
    """Files and batches for as long as the server lives. `answer` gives the completion for a body and its attempt."""

    def __init__(
        self, check: Callable[[dict[bytes, bytes]], None], answer: Answer, faults: Faults, ledger: Ledger
    ) -> None:
        self._check, self._answer, self._faults, self._ledger = check, answer, faults, ledger
        self._files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._batches: dict[str, Batch] = {}
        self._seen: Counter[bytes] = Counter()

    def routes(self) -> list[Route]:
        """What is served."""
        return [
            Route("/v1/files", self._guarded(self._upload), methods=["POST"]),
            Route("/v1/files/{id}", self._guarded(self._show_file)),
            Route("/v1/files/{id}/content", self._guarded(self._content)),
            Route("/v1/batches", self._guarded(self._create), methods=["POST"]),
            Route("/v1/batches", self._guarded(self._list)),
            Route("/v1/batches/{id}", self._guarded(self._show)),
            Route("/v1/batches/{id}/cancel", self._guarded(self._cancel), methods=["POST"]),
        ]

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                self._check(dict(request.scope["headers"]))
                return await handler(request)
            except Refusal as refusal:
                self._ledger.refused[refusal.kind] += 1
                return JSONResponse(refusal.body, refusal.status)

        return guarded

    async def _upload(self, request: Request) -> Response:
        declared = request.headers.get("content-length", "")
        if not declared.isdecimal() or int(declared) > MAX_FILE_BYTES + FORM_BYTES:
            raise Refusal(413, "too_large", f"found a body of {declared or '?'} bytes, wanted {MAX_FILE_BYTES} at most")
        if not request.headers.get("content-type", "").startswith("multipart/form-data"):
            raise _invalid("wanted a multipart form with the fields purpose and file", "body")
        try:
            async with request.form(max_files=1, max_fields=8) as form:
                purpose, file = form.get("purpose"), form.get("file")
                name, content = (file.filename, await file.read()) if isinstance(file, UploadFile) else ("", b"")
        except HTTPException as fault:
            raise _invalid(fault.detail, "body") from None
        if purpose != "batch":
            raise _invalid(f"found {purpose!r}, wanted 'batch'", "purpose")
        if not content or len(content) > MAX_FILE_BYTES:
            raise _invalid(f"found {len(content)} bytes, wanted 1 to {MAX_FILE_BYTES}", "file")
        self._require_room(len(content))
        return JSONResponse(self._store(name or "", "batch", content))

    async def _show_file(self, request: Request) -> Response:
        return JSONResponse(self._file(request.path_params["id"])[0])

    async def _content(self, request: Request) -> Response:
        return Response(self._file(request.path_params["id"])[1], media_type="application/octet-stream")

    async def _create(self, request: Request) -> Response:
        try:
            asked = json.loads(await wire.body(request.receive))
        except ValueError as fault:
            raise _invalid(f"not JSON ({fault})", "body") from None
        if not isinstance(asked, dict) or asked.get("endpoint") != URL or asked.get("completion_window") != "24h":
            raise _invalid(f"wanted endpoint {URL} and completion_window 24h", "body")
        shown, content = self._file(str(asked.get("input_file_id")))
        self._require_room(len(content))
        batch = Batch(f"batch_{len(self._batches)}_{time.time_ns():x}", shown["id"], asked.get("metadata"))
        self._batches[batch.id] = batch
        self._ledger.batches["created"] += 1
        batch.task = asyncio.create_task(self._run(batch, content))
        return JSONResponse(batch.shown())

    async def _list(self, request: Request) -> Response:
        ids = list(self._batches)[::-1]
        after, limit = request.query_params.get("after"), request.query_params.get("limit", "20")
        start = ids.index(after) + 1 if after in ids else 0
        most = min(int(limit), 100) if limit.isdigit() else 20
        page = [self._batches[id].shown() for id in ids[start : start + most]]
        return JSONResponse({"object": "list", "data": page, "has_more": start + most < len(ids)})

    async def _show(self, request: Request) -> Response:
        return JSONResponse(self._batch(request).shown())

    async def _cancel(self, request: Request) -> Response:
        batch = self._batch(request)
        if batch.status not in ENDED:
            batch.status = "cancelling"
        return JSONResponse(batch.shown())

    def _batch(self, request: Request) -> Batch:
        id = request.path_params["id"]
        if id not in self._batches:
            raise Refusal(404, "invalid_request_error", f"No batch found with id '{id}'.")
        return self._batches[id]

    def _file(self, id: str) -> tuple[dict[str, Any], bytes]:
        if id not in self._files:
            raise Refusal(404, "invalid_request_error", f"No such File object: {id}", "id")
        return self._files[id]

    def _store(self, name: str, purpose: str, content: bytes) -> dict[str, Any]:
        id = f"file-{len(self._files)}-{time.time_ns():x}"
        shown = {"id": id, "object": "file", "bytes": len(content), "created_at": int(time.time())}
        shown |= {"filename": name, "purpose": purpose, "status": "processed"}
        self._files[id] = shown, content
        return shown

    def _require_room(self, size: int) -> None:
        if size + sum(len(content) for _, content in self._files.values()) > MAX_STORED_BYTES:
            raise Refusal(413, "storage_limit", f"all files together would have over {MAX_STORED_BYTES} bytes")

    async def _run(self, batch: Batch, content: bytes) -> None:
        """Read, answer and file the rows of `batch`, until its status says that it is cancelled."""
        reader = Reader()
        async for line in _breathing(content.splitlines()):
            reader.read(line)
        reader.end()
        if self._draw_failure(content):
            reader.errors.append(told("internal_error", "The batch failed for reasons of the server's own."))
        if reader.errors:
            batch.status, batch.errors = "failed", reader.errors
        else:
            await self._answer_all(batch, reader.rows)
        self._ledger.batches[batch.status] += 1

    def _draw_failure(self, content: bytes) -> bool:
        file = blake2b(content, digest_size=16).digest()
        self._seen[file] += 1
        return self._faults.fails(file, self._seen[file] - 1)

    async def _answer_all(self, batch: Batch, rows: list[Row]) -> None:
        """Answer `rows` evenly over the time that a batch takes, and end the batch."""
        batch.total = len(rows)
        if batch.status == "validating":
            batch.status = "in_progress"
        lines, pause_s = [], self._faults.batch_delay_s / len(rows)
        due = time.monotonic()
        async for row in _breathing(rows):
            due += pause_s
            while batch.status != "cancelling" and (left := due - time.monotonic()) > 0:
                await asyncio.sleep(min(left, TICK_S))
            line = undone(row, "batch_cancelled") if batch.status == "cancelling" else answered(row, self._answer)
            if line:
                lines.append(line)
                batch.completed += is_answer(line)
                batch.failed += not is_answer(line)
        self._end(batch, lines)

    def _end(self, batch: Batch, lines: list[Row]) -> None:
        outputs, errors = ([line for line in lines if is_answer(line) == good] for good in (True, False))
        batch.output_file_id = self._file_away("output", outputs)
        batch.error_file_id = self._file_away("error", errors)
        has_expired = any(line["error"] and line["error"]["code"] == "batch_expired" for line in errors)
        if batch.status == "cancelling":
            batch.status = "cancelled"
        else:
            batch.status = "expired" if has_expired else "completed"

    def _file_away(self, name: str, lines: list[Row]) -> str | None:
        if not lines:
            return None
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return str(self._store(f"{name}.jsonl", "batch_output", content)["id"])


async def _breathing(items: Iterable[T]) -> AsyncIterator[T]:
    """`items`, with a chance for other requests in between."""
    for number, item in enumerate(items):
        if number % BREATH == 0:
            await asyncio.sleep(0)
        yield item


def _invalid(message: str, param: str) -> Refusal:
    return Refusal(400, "invalid_request_error", f"{param}: {message}", param)
