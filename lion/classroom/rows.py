"""The rows of a batch: read from its input file, answered one by one. Knows nothing of files, batches and delays.

The attempt number of a request, which travels online in the header X-Lion-Attempt, stands at the end of a custom_id
that has Lion's form; with any other custom_id it is 0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from lion.classroom.protocol import Refusal

URL = "/v1/chat/completions"
MAX_ROWS = 50_000
"""https://platform.openai.com/docs/api-reference/batch/create"""
MAX_ERRORS = 10
ATTEMPT = re.compile(r"[0-9a-f]{48}-(\d{1,15})")
UNDONE = {
    "batch_expired": "This request could not be executed before the completion window expired.",
    "batch_cancelled": "This request could not be executed before the batch was cancelled.",
    "request_timeout": "This request timed out.",
}
Row = dict[str, Any]
Answer = Callable[[bytes, str], dict[str, Any]]


class Undone(Exception):
    """A row without an answer: why, as one of UNDONE, or None where it leaves no line in any file."""

    def __init__(self, code: str | None) -> None:
        super().__init__(code)
        self.code = code


class Reader:
    """Reads lines into `rows`, and what is wrong with them into `errors`, as the API tells it."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.errors: list[Row] = []
        self._ids: set[str] = set()
        self._lines = 0

    def read(self, line: bytes) -> None:
        """The next line."""
        self._lines += 1
        try:
            row = json.loads(line)
        except ValueError:
            self._fault("invalid_json_line", "This line is not parseable as valid JSON.")
            return
        if fault := _fault(row):
            self._fault(*fault)
        elif row["custom_id"] in self._ids:
            self._fault("duplicate_custom_id", f"The custom_id {row['custom_id']!r} is there twice.", "custom_id")
        elif self.rows and row["body"].get("model") != self.rows[0]["body"].get("model"):
            self._fault("model_mismatch", "All requests of a batch must name the same model.", "body.model")
        else:
            self._ids.add(row["custom_id"])
            self.rows.append(row)

    def end(self) -> None:
        """No more lines."""
        if not self._lines:
            self.errors.append(told("empty_file", "The input file is empty."))
        if self._lines > MAX_ROWS:
            self.errors.append(told("too_many_tasks", f"The input file has {self._lines} rows, over {MAX_ROWS}."))

    def _fault(self, code: str, message: str, param: str | None = None) -> None:
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(told(code, message, param, self._lines))


def _fault(row: Any) -> tuple[str, str, str] | None:
    """What is wrong with the shape of one row: code, words and field."""
    for name, kind in {"custom_id": str, "method": str, "url": str, "body": dict}.items():
        if not isinstance(row, dict) or not isinstance(row.get(name), kind):
            return "missing_required_parameter", f"Missing required parameter: '{name}'.", name
    if row["url"] != URL:
        return "url_mismatch", f"The URL {row['url']!r} is not the endpoint of the batch, {URL}.", "url"
    return None if row["method"] == "POST" else ("invalid_method", "The method must be POST.", "method")


def told(code: str, message: str, param: str | None = None, line: int | None = None) -> Row:
    """An error of a batch as a whole, as the API tells it."""
    return {"code": code, "message": message, "param": param, "line": line}


def answered(row: Row, answer: Answer) -> Row | None:
    """The line of the output or the error file for `row`; None where it gets lost."""
    attempt = ATTEMPT.fullmatch(row["custom_id"])
    # The very bytes that an online request with this body has: to ledger and faults the two are one request.
    body = json.dumps(row["body"], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    try:
        status, said = 200, answer(body, attempt[1] if attempt else "0")
    except Refusal as refusal:
        status, said = refusal.status, refusal.body
    except Undone as fault:
        return undone(row, fault.code) if fault.code else None
    return _line(row, response={"status_code": status, "request_id": f"req_{row['custom_id']}", "body": said})


def undone(row: Row, code: str) -> Row:
    """The line of the error file for a row that was not answered."""
    return _line(row, error={"code": code, "message": UNDONE[code]})


def is_answer(line: Row) -> bool:
    """Whether `line` belongs into the output file."""
    return bool(line["response"]) and line["response"]["status_code"] == 200


def _line(row: Row, response: Row | None = None, error: Row | None = None) -> Row:
    id = row["custom_id"]
    return {"id": f"batch_req_{id}", "custom_id": id, "response": response, "error": error}
