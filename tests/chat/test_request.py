"""What is asked: keys that tell requests apart, and messages that any server takes."""

from __future__ import annotations

from dataclasses import fields, replace

from hypothesis import given
from hypothesis import strategies as st

from lion.chat import Exchange, Reply, Request

TEXT = st.text(st.characters(exclude_categories=[]), max_size=20)
REQUESTS = st.builds(
    Request,
    *(TEXT, TEXT, TEXT, TEXT, st.floats(0, 2), st.floats(0, 1), st.integers(1, 9), st.integers(0, 9)),
    *(st.none() | st.integers(0, 9), st.none() | TEXT),
)
ONE = Request("classroom", "m", "s", "u", 0.7, 1.0, 64)


@given(REQUESTS, REQUESTS)
def test_keys_are_equal_exactly_where_requests_are(one: Request, two: Request) -> None:
    two = replace(two, endpoint=one.endpoint)
    assert (one.key == two.key) == (one == two)


def test_every_field_is_part_of_the_key() -> None:
    others = [
        replace(ONE, endpoint="http://localhost/v1"),
        replace(ONE, model="n"),
        replace(ONE, system="t"),
        replace(ONE, user="v"),
        replace(ONE, temperature=0.8),
        replace(ONE, top_p=0.9),
        replace(ONE, max_tokens=65),
        replace(ONE, attempt=1),
        replace(ONE, seed=0),
        replace(ONE, checkpoint=""),
    ]
    assert len(others) == sum(field.init for field in fields(Request))
    assert len({ONE.key, *(other.key for other in others)}) == len(others) + 1


def test_key_is_pinned_so_that_no_later_version_buys_everything_again() -> None:
    assert ONE.key == "121e1709682419637d38f502fd919d9d409c4c81d7a1a15d03cb3ee565d87a07"


def test_whole_temperature_and_trailing_slash_make_no_other_request() -> None:
    assert replace(ONE, temperature=1).key == replace(ONE, temperature=1.0).key
    assert replace(ONE, endpoint="http://h/v1/").key == replace(ONE, endpoint="http://h/v1").key


def test_a_seed_is_sent_and_a_checkpoint_is_not() -> None:
    assert "seed" not in ONE.body("max_tokens")
    assert replace(ONE, seed=0, checkpoint="c").body("max_tokens") == {**ONE.body("max_tokens"), "seed": 0}


def test_later_attempt_counts_on_from_the_requests_own() -> None:
    assert replace(ONE, attempt=3).later(2).attempt == 5
    assert ONE.later(0) is ONE


def test_empty_system_text_sends_no_system_message() -> None:
    assert [message["role"] for message in replace(ONE, system="").messages] == ["user"]
    assert [message["role"] for message in ONE.messages] == ["system", "user"]


@given(REQUESTS)
def test_messages_can_always_be_sent_as_utf8(request_: Request) -> None:
    for message in request_.messages:
        message["content"].encode()


def test_exchange_shows_its_last_reply() -> None:
    replies = tuple(Reply(str(n), "", "stop", 0, 0) for n in range(2))
    assert Exchange(ONE, replies).reply == replies[1]
    assert Exchange(ONE, ()).reply is None
