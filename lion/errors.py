"""What can go wrong in a way that a person can put right. Knows nothing of what raises it.

    LionError
    ├── DataError          a file that is read: missing, cut, of the wrong shape
    ├── ParamsError        params.yaml: unknown, missing or impossible values
    ├── ModelError         a checkpoint or tokenizer that cannot be used
    ├── JournalError       the journal of paid replies cannot be read or written
    ├── ProviderError      the chat endpoint refuses, is down, or fails too often
    ├── BudgetError        going on might cost more than runtime.budget_usd or budget_tokens allow
    └── YieldError         a stage cannot produce what it was asked for

The message is one line: where, what was found, what was wanted, what to do.
"""

from __future__ import annotations


class LionError(Exception):
    """The root: its text is shown to the user as it stands, without a traceback."""

    exit_code = 1
    """The status with which a command ends."""


class DataError(LionError):
    """A data file is missing, cut or of the wrong shape."""


class ParamsError(LionError):
    """The parameters hold unknown, missing or impossible values."""


class ModelError(LionError):
    """A checkpoint or tokenizer cannot be used."""


class JournalError(LionError):
    """The journal of paid replies cannot be read or written."""


class ProviderError(LionError):
    """The chat endpoint refuses, is down, or fails too often."""


class BudgetError(LionError):
    """Going on might cost more than the user allows."""

    exit_code = 3


class YieldError(LionError):
    """A stage cannot produce what it was asked for."""
