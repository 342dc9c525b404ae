"""Where a role's requests go: a base URL and its key, or the classroom, which is started for the purpose.

Knows nothing of requests and replies. The key is taken from the environment and given to the client alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit

from lion.errors import ProviderError

CLASSROOM = "classroom"
NO_KEY = "none"
SERVER = [sys.executable, "-m", "lion.classroom.server", "--port", "0", "--until-stdin-ends"]
SECRETS = ("key", "token", "secret", "password")
STOP_S = 5.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint that can be asked. `name` is how errors call it, `param` the section of params.yaml it stands in."""

    name: str
    param: str
    base_url: str
    loopback: bool
    key_variable: str
    key: str = field(repr=False)

    def told(self, text: str) -> str:
        """`text`, a provider's own words, as one line of bounded length that does not hold the key."""
        if self.key != NO_KEY:
            text = text.replace(self.key, f"<{self.key_variable}>")
        line = " ".join(text.split())
        return line if len(line) <= 300 else line[:299] + "…"


@contextmanager
def opened(role: str, endpoint: str, key_variable: str) -> Iterator[Endpoint]:
    """The endpoint of `role`, ready to be asked. Raises ProviderError for a bad URL or a missing key."""
    if endpoint == CLASSROOM:
        with _classroom() as port:
            yield Endpoint("the classroom", role, f"http://127.0.0.1:{port}/v1", True, "", NO_KEY)
        return
    loopback = _check(role, endpoint)
    key = _key(key_variable)
    if not key and not loopback:
        raise ProviderError(
            f"{role}.endpoint {endpoint}: the environment variable {key_variable} is not set, wanted the key of this "
            f"endpoint. Set it with: export {key_variable}=..."
        )
    yield Endpoint(endpoint, role, endpoint, loopback, key_variable, key or NO_KEY)


def _key(variable: str) -> str:
    """The key that `variable` holds, or "". Raises ProviderError where no HTTP header can carry it."""
    key = os.environ.get(variable, "").strip()
    if not all("!" <= character <= "~" for character in key):
        raise ProviderError(
            f"the environment variable {variable}: found white space or a character that is not ASCII, wanted a key. "
            f"Set it again with: export {variable}=..."
        )
    return key


def _check(role: str, endpoint: str) -> bool:
    """Whether the URL points to this machine. Raises ProviderError where it is no URL, or holds a secret."""
    try:
        url = urlsplit(endpoint)
        host, _ = url.hostname, url.port
    except ValueError as fault:
        raise ProviderError(f"{role}.endpoint {endpoint!r}: {fault}, wanted a URL.") from None
    if holds_secret(endpoint):
        raise ProviderError(
            f"{role}.endpoint: found a key or password in the URL of {host}, wanted none: params.yaml goes into git. "
            "Put the key into the environment variable that runtime.api_key_env names."
        )
    if url.scheme not in ("http", "https") or not host:
        raise ProviderError(
            f"{role}.endpoint: found {endpoint!r}, wanted {CLASSROOM!r} or the base URL of an OpenAI-compatible API, "
            "like https://api.openai.com/v1."
        )
    return _is_loopback(host)


def holds_secret(endpoint: str) -> bool:
    """Whether a key or password stands in the URL."""
    url = urlsplit(endpoint)
    return bool(url.username or url.password or any(_is_secret(name) for name, _ in parse_qsl(url.query)))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRETS)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def _classroom() -> Iterator[int]:
    """The port of a classroom server of our own, which ends with the block, or with this process however it ends."""
    # Its own session: a Ctrl-C at the terminal is for the stage, which then stops the server itself.
    child = subprocess.Popen(SERVER, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    assert child.stdin and child.stdout
    try:
        line = child.stdout.readline()
        if not line:
            raise ProviderError(
                "the classroom: its server ended before it could be asked, wanted a running server. "
                "Try by hand: python -m lion.classroom.server"
            )
        yield json.loads(line)["port"]
    finally:
        child.stdin.close()  # which it takes as the sign to end
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()
