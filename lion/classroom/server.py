"""The classroom's front door: a chat-completions server on loopback. Knows the protocol, nothing of what is taught.

    python -m lion.classroom.server [--port N] [--latency-s 0.05] ...

prints {"port": N} as soon as it can be asked, and serves until it is stopped.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection
from hashlib import blake2b
from typing import Any

import click
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from lion.classroom import expert, wire
from lion.classroom.batches import Batches
from lion.classroom.faults import SETTINGS, Fate, Faults, spoilt
from lion.classroom.ledger import Ledger
from lion.classroom.limits import Limits
from lion.classroom.protocol import Asked, Refusal, chunks, completion, parse
from lion.classroom.reply import Reply
from lion.classroom.rows import Undone

Expert = Callable[..., Reply]
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}
KEEP_ALIVE_S = 600
"""Longer than a client thinks: a connection that the server drops first costs the client a retry."""


class Classroom:
    """Answers /v1/chat/completions with `reply`. Plain ASGI: it is called for every request of a rehearsal."""

    def __init__(
        self, reply: Expert, faults: Faults | None = None, models: Collection[str] = (), key: str | None = None
    ) -> None:
        self._reply, self._faults, self._models, self._key = reply, faults or Faults(), models, key
        self.ledger = Ledger()
        self._limits = Limits(self._faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.ledger.enter()
        try:
            await self._serve(dict(scope["headers"]), receive, send)
        except Refusal as refusal:
            self.ledger.refused[refusal.kind] += 1
            await wire.send_body(send, refusal.status, json.dumps(refusal.body).encode(), refusal.headers)
        finally:
            self.ledger.leave()

    async def _serve(self, headers: dict[bytes, bytes], receive: Receive, send: Send) -> None:
        self.check(headers)
        body = await wire.body(receive)
        attempt = headers.get(b"x-lion-attempt", b"0")
        asked = parse(body, attempt.decode("latin-1"))
        self._check_model(asked.model)
        reply = self._answer(asked)
        self._limits.charge(reply)
        request = _identify(body, attempt)
        fate = self._faults.fate(request, self.ledger.admit(request))
        if fate.latency_s:
            await asyncio.sleep(fate.latency_s)
        await self._meet(fate, request, asked, reply, receive, send)

    def check(self, headers: dict[bytes, bytes]) -> None:
        """Raise Refusal for a request meant for another host (a browser led astray) or without the right key."""
        host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if host not in LOOPBACK:
            raise Refusal(421, "misdirected", f"host {host!r}: this server answers on loopback only")
        given = headers.get(b"authorization", b"")
        if self._key is not None and not hmac.compare_digest(given, f"Bearer {self._key}".encode()):
            raise Refusal(401, "authentication_error", "Incorrect API key provided.", code="invalid_api_key")

    def _check_model(self, model: str) -> None:
        if self._models and model not in self._models:
            message = f"The model {model!r} does not exist; there are: {', '.join(self._models)}."
            raise Refusal(404, "unknown_model", message, "model", "model_not_found")

    def _answer(self, asked: Asked) -> Reply:
        return self._reply(
            asked.messages,
            temperature=asked.temperature,
            top_p=asked.top_p,
            max_tokens=asked.max_tokens,
            attempt=asked.attempt,
        )

    async def _meet(self, fate: Fate, request: bytes, asked: Asked, reply: Reply, receive: Receive, send: Send) -> None:
        """Let `request` meet its `fate`."""
        _refuse(fate)
        if fate.kind == "hang":
            self.ledger.refused["hang"] += 1
            await wire.until_gone(receive)
        elif fate.kind == "cut":
            self.ledger.refused["cut"] += 1
            await wire.send_body(send, 200, b'{"id":', {}, promised=1000)
        else:
            reply = spoilt(reply, fate)
            self.ledger.answer(request, reply.prompt_tokens, reply.completion_tokens)
            await self._send_reply(request, asked, reply, send)

    async def _send_reply(self, request: bytes, asked: Asked, reply: Reply, send: Send) -> None:
        id, created = f"chatcmpl-{request.hex()}", int(time.time())
        if asked.stream:
            events = b"".join(chunks(id, created, asked.model, reply, asked.stream_usage))
            await wire.send_body(send, 200, events, {"content-type": "text/event-stream"})
        else:
            whole = json.dumps(completion(id, created, asked.model, reply)).encode()
            await wire.send_body(send, 200, whole, self._limits.headers())

    def answer_row(self, body: bytes, attempt: str) -> dict[str, Any]:
        """The completion for one row of a batch. Raises Refusal, or Undone where the row gets no answer at all."""
        asked = parse(body, attempt)
        self._check_model(asked.model)
        request = _identify(body, attempt.encode())
        seen = self.ledger.admit(request)
        if self._faults.expires(request, seen):
            raise Undone("batch_expired")
        fate = self._faults.fate(request, seen)
        _refuse(fate)
        if fate.kind != "answer":
            raise Undone("request_timeout" if fate.kind == "hang" else None)
        reply = spoilt(self._answer(asked), fate)
        self.ledger.answer(request, reply.prompt_tokens, reply.completion_tokens)
        return completion(f"chatcmpl-{request.hex()}", int(time.time()), asked.model, reply)

    async def list_models(self, request: Request) -> JSONResponse:
        """GET /v1/models."""
        try:
            self.check(dict(request.scope["headers"]))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)
        names = self._models or ["classroom"]
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "lion"} for name in names]
        return JSONResponse({"object": "list", "data": data})

    async def show_ledger(self, request: Request) -> JSONResponse:
        """GET /classroom/ledger."""
        return JSONResponse(self.ledger.summary())

    def app(self) -> Starlette:
        """The whole server."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self, methods=["POST"]),
                Route("/v1/models", self.list_models),
                Route("/classroom/ledger", self.show_ledger),
                *Batches(self.check, self.answer_row, self._faults, self.ledger).routes(),
            ]
        )


def _identify(body: bytes, attempt: bytes) -> bytes:
    """What tells one request from another."""
    return blake2b(body + b"\n" + attempt, digest_size=16).digest()


def _refuse(fate: Fate) -> None:
    """Raise the Refusal that is the fate of a request, if it is one."""
    if fate.kind == "server_error":
        raise Refusal(500, fate.kind, "The server had an error while processing your request.")
    if fate.kind == "unavailable":
        raise Refusal(503, fate.kind, "The engine is currently overloaded, please try again later.")


def _exit_with_parent() -> None:
    """Wait for the end of standard input, which comes however the parent ends, then end too."""
    sys.stdin.buffer.read()
    os._exit(0)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """One flag for each field of Faults."""
    for setting in reversed(SETTINGS):
        flag = "--" + setting.name.replace("_", "-")
        command = click.option(
            flag, type=type(setting.default), default=setting.default, show_default=True, help=setting.metadata["help"]
        )(command)
    return command


class _Announced(uvicorn.Server):
    """Tells its port when it can be asked, and, which matters as much, can be told to stop."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        click.echo(json.dumps({"port": port}))
        sys.stdout.flush()


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0: any free one.")
@click.option("--model", "models", multiple=True, help="Answer 404 to all models but this (repeatable).")
@click.option("--key", help="Answer 401 without this key as bearer.")
@click.option("--until-stdin-ends", is_flag=True, help="Stop when standard input ends: for a parent process.")
@_options
def serve(port: int, models: tuple[str, ...], key: str | None, until_stdin_ends: bool, **settings: Any) -> None:
    """Serve the classroom to any OpenAI client, on loopback only, until stopped.

    Prints one line of JSON with the port as soon as it can be asked. The faults are those of a real provider.
    """
    try:
        classroom = Classroom(expert.reply, Faults(**settings), models, key)
        listener = socket.create_server(("127.0.0.1", port), backlog=4096)
    except (ValueError, OSError) as fault:
        raise click.ClickException(f"the classroom cannot start on port {port}: {fault}.") from None
    if until_stdin_ends:
        threading.Thread(target=_exit_with_parent, daemon=True).start()
    config = uvicorn.Config(
        classroom.app(),
        log_level=60,
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_keep_alive=KEEP_ALIVE_S,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    _Announced(config).run(sockets=[listener])


if __name__ == "__main__":
    serve()
