"""A hub of data sets on loopback: as much of the Hugging Face hub's protocol as fetching files takes, over a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "c0ffee" + "0" * 34


class Handler(BaseHTTPRequestHandler):
    """`/api/datasets/<id>/revision/<any>`, `…/tree/<commit>/<path>` and `/datasets/<id>/resolve/<commit>/<path>`."""

    root: Path
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path = self.path.partition("?")[0].removeprefix("/api").removeprefix("/datasets/")
        owner, name, what, _, *inner = [*path.split("/"), "", "", ""]
        place = self.root / owner / name / "/".join(inner).strip("/")
        if what == "revision" and place.exists():
            self._say(json.dumps({"id": f"{owner}/{name}", "sha": COMMIT}).encode())
        elif what == "tree" and place.is_dir():
            self._say(json.dumps([self._listed(one, self.root / owner / name) for one in place.iterdir()]).encode())
        elif what == "resolve" and place.is_file():
            self._say(place.read_bytes())
        else:
            self.send_response(404)
            self.send_header("X-Error-Code", "EntryNotFound" if (self.root / owner / name).is_dir() else "RepoNotFound")
            self.send_header("Content-Length", "0")
            self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments: object) -> None:
        """Nothing."""

    def _listed(self, path: Path, root: Path) -> dict[str, object]:
        told = {"path": str(path.relative_to(root)), "oid": hashlib.sha1(str(path).encode()).hexdigest()}
        return {"type": "directory", **told} if path.is_dir() else {"type": "file", "size": path.stat().st_size, **told}

    def _say(self, body: bytes) -> None:
        start, end = 0, len(body) - 1
        if wanted := self.headers.get("Range"):
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last or end), end)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(end + 1 - start))
        self.send_header("Content-Range", f"bytes {start}-{end}/{len(body)}")
        self.send_header("ETag", f'"{hashlib.sha1(body).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[start : end + 1])


@contextmanager
def serving(root: Path) -> Iterator[tuple[str, list[str]]]:
    """A hub whose data set `owner/name` is the folder `root/owner/name`: its address, and what it was asked."""
    asked: list[str] = []
    handler = type("Own", (Handler,), {"root": root, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()
