"""What an endpoint says of its limits in the headers of a reply. Knows nothing of what is done about it."""

from __future__ import annotations

import email.utils
import math
import re
import time
from collections.abc import Mapping

from lion.chat.allowance import Told

KINDS = ("requests", "tokens")
DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
UNITS_S = (3600.0, 60.0, 1.0, 0.001)


def allowances(headers: Mapping[str, str]) -> dict[str, Told]:
    """The allowances, by kind, of which limit and rest are told (x-ratelimit-limit-requests and its like)."""
    found = {}
    for kind in KINDS:
        limit, remaining = (_number(headers.get(f"x-ratelimit-{name}-{kind}")) for name in ("limit", "remaining"))
        if limit is not None and remaining is not None:
            found[kind] = Told(limit, remaining, duration_s(headers.get(f"x-ratelimit-reset-{kind}", "")) or 0.0)
    return found


def duration_s(text: str) -> float | None:
    """Seconds in a text like "1h2m3.5s", "12ms" or "7"; None where it is no duration."""
    if (seconds := _number(text)) is not None:
        return seconds
    found = DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    return sum(float(part) * unit for part, unit in zip(found.groups(), UNITS_S, strict=True) if part)


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds that the endpoint asks us to wait: milliseconds, seconds or a date; None where it does not say."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        if (value := _number(headers.get(name))) is not None:
            return max(0.0, value * unit)
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return max(0.0, email.utils.mktime_tz(date) - time.time()) if date else None


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None
