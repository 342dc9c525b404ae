"""The only room that opens connections: asks chat models, journals every paid reply, buys none twice."""

from lion.chat.client import Chat
from lion.chat.request import FILTERED, Exchange, Failure, Reply, Request
from lion.chat.tally import Tally

__all__ = ["FILTERED", "Chat", "Exchange", "Failure", "Reply", "Request", "Tally"]
