"""A proxy before a server that loses what it is told to lose: a request on its way in, or the answer on its way out."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Loss = Literal["request", "answer"] | None


@contextmanager
def flaky(url: str, loses: Callable[[str], Loss]) -> Iterator[str]:
    """The URL of the proxy; `loses` is asked with "GET /v1/batches/…" and the like."""
    origin = url.removesuffix("/v1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            loss = loses(f"{self.command} {self.path}")
            if loss == "request":
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or None
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            asked = urllib.request.Request(origin + self.path, body, headers, method=self.command)
            try:
                with urllib.request.urlopen(asked) as response:
                    status, said = response.status, response.read()
            except urllib.error.HTTPError as fault:
                with fault:
                    status, said = fault.code, fault.read()
            if loss == "answer":
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
