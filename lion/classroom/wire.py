"""Bodies in and out of an ASGI connection. Knows nothing of what they hold."""

from __future__ import annotations

from starlette.types import Receive, Send

from lion.classroom.protocol import Refusal

MAX_BODY_BYTES = 32 * 2**20


async def body(receive: Receive, most: int = MAX_BODY_BYTES) -> bytes:
    """The whole body of a request. Raises Refusal (413) where it has more than `most` bytes."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise Refusal(413, "too_large", f"the body is over {most} bytes")
        parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts)


async def until_gone(receive: Receive) -> None:
    """Wait until the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def send_body(send: Send, status: int, body: bytes, headers: dict[str, str], promised: int | None = None) -> None:
    """Send `body`. Where more bytes are `promised` than it has, the server cuts the connection after them."""
    fields = {"content-type": "application/json", "content-length": str(promised or len(body)), **headers}
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in fields.items()]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body, "more_body": promised is not None})
