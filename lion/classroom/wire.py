"""Bodies in and out of an ASGI connection. Knows nothing of what they hold."""

from __future__ import annotations

from email.message import Message

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


def form(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form by name: each with its file name, or "", and its bytes. Refuses any other body."""
    boundary = _header("content-type", content_type).get_boundary()
    if not boundary:
        raise Refusal(400, "invalid_request_error", "wanted a multipart form with the fields purpose and file")
    fields = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        for line in head.decode("utf-8", "replace").split("\r\n"):
            name, _, value = line.partition(":")
            if name.strip().lower() == "content-disposition":
                told = _header("content-disposition", value.strip())
                fields[str(told.get_param("name", "", "content-disposition"))] = (told.get_filename() or "", content)
    return fields


def _header(name: str, value: str) -> Message:
    message = Message()
    message[name] = value
    return message
