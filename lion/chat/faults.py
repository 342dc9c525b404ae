"""What can go wrong with one call, sorted by what is to be done about it. Knows nothing of when to try again.

Healing        may pass by itself: time-out, lost connection, 408, 409, 5xx
Crowded        passes when others have gone: 429
Failure        final for this request alone: too long, held back by the provider's filter, not accepted
ProviderError  final for the whole run: key, model or quota refused
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import aiohttp
from openai import APIConnectionError, APIStatusError, APITimeoutError, OpenAIError

from lion.chat.endpoint import Endpoint
from lion.chat.headers import retry_after_s
from lion.chat.request import FILTERED, Failure, Request
from lion.errors import ProviderError

HEALING = {408, 409, 425}
QUOTA = {"insufficient_quota", "billing_hard_limit_reached"}
FILTER_CODES = {FILTERED, "content_policy_violation", "ResponsibleAIPolicyViolation"}
TOO_LONG = re.compile(r"context.?length|maximum context|too long|too many tokens", re.IGNORECASE)
TOO_LARGE = re.compile(r"request too large", re.IGNORECASE)
"""A request that alone exceeds an allowance is refused with 429, as if its turn might come."""
UNREACHABLE = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)


Fault = OpenAIError | aiohttp.ClientError | TimeoutError
"""What the client raises; aiohttp's own errors come through where they have no counterpart in the SDK."""


class Healing(Exception):
    """A fault that may pass. `wait_s` is how long the provider asks us to wait, None where it does not say.

    `unreachable` is a claim about the endpoint: no connection was made at all.
    """

    def __init__(self, detail: str, wait_s: float | None = None, unreachable: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.wait_s, self.unreachable = detail, wait_s, unreachable


class Crowded(Healing):
    """There were too many requests (429): this one is as good as any other, and its turn will come."""


class Final(Exception):
    """A fault of one request that no further try can heal. `own` where the cause lies in that request's own text."""

    def __init__(self, failure: Failure, own: bool) -> None:
        super().__init__(failure.detail)
        self.failure, self.own = failure, own


def sort(fault: Fault, endpoint: Endpoint, request: Request) -> Healing | Final | ProviderError:
    """What `fault` means. Nothing in it holds the endpoint's key."""
    if isinstance(fault, APIStatusError):
        return _status(fault, endpoint, request)
    if isinstance(fault, APIConnectionError) and _is_unreachable(fault):
        return Healing(endpoint.told(f"no connection ({_root(fault)})"), unreachable=True)
    if isinstance(fault, APITimeoutError | TimeoutError):
        return Healing("no reply in time")
    if isinstance(fault, APIConnectionError | aiohttp.ClientError):
        return Healing(endpoint.told(f"connection lost ({_root(fault)})"))
    return Final(Failure("failed", endpoint.told(f"{type(fault).__name__}: {fault}")), own=False)


def _status(fault: APIStatusError, endpoint: Endpoint, request: Request) -> Healing | Final | ProviderError:
    status, code = fault.status_code, fault.code or ""
    words = endpoint.told(_words(fault)) or "no explanation"
    if status in (401, 403):
        return _refused_key(endpoint, status, words)
    if status == 404:
        return ProviderError(
            f"{endpoint.param}.endpoint {endpoint.name}: 404 ({words}), wanted a model that it serves. "
            f"Correct {endpoint.param}.model (found {request.model!r}) or {endpoint.param}.endpoint."
        )
    if code in QUOTA or status == 402:
        return ProviderError(
            f"{endpoint.param}.endpoint {endpoint.name}: {status} ({words}), wanted an account with credit. "
            "Add credit and run the same command again: what was paid for is in the journal."
        )
    if status == 429 and TOO_LARGE.search(words):
        return Final(Failure("failed", f"{status}: {words}"), own=True)
    if status == 429:
        return Crowded(f"{status}: {words}", retry_after_s(fault.response.headers))
    if status in HEALING or status >= 500:
        return Healing(f"{status}: {words}", retry_after_s(fault.response.headers))
    return _refused_request(status, code, words)


def _refused_key(endpoint: Endpoint, status: int, words: str) -> ProviderError:
    if endpoint.key_variable:
        wanted = f"a key that it accepts. Put it into the environment variable {endpoint.key_variable}"
    else:
        wanted = "no key at all. Use the classroom that Lion starts by itself"
    return ProviderError(f"{endpoint.param}.endpoint {endpoint.name}: {status} ({words}), wanted {wanted}.")


def _refused_request(status: int, code: str, words: str) -> Final:
    if code in FILTER_CODES or "content_filter" in words or "content management policy" in words:
        return Final(Failure("refused", f"{status}: {words}"), own=True)
    too_long = status == 413 or code == "context_length_exceeded" or bool(TOO_LONG.search(words))
    return Final(Failure("failed", f"{status}: {words}"), own=too_long)


def _words(fault: APIStatusError) -> str:
    """What the provider said, whatever shape it said it in."""
    body = fault.body
    if isinstance(body, Mapping):
        said = body.get("message") or body.get("detail") or body.get("error") or body
        return said if isinstance(said, str) else str(said)
    return str(body) if body else fault.response.reason_phrase


def _links(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__


def _is_unreachable(fault: BaseException) -> bool:
    # The SDK's own classes do not tell a connection that was refused from one that was lost; aiohttp's, below, do.
    return any(isinstance(link, UNREACHABLE) for link in _links(fault))


def _root(fault: BaseException) -> str:
    said = [str(link) for link in _links(fault) if str(link)]
    return said[-1] if said else type(fault).__name__
