from __future__ import unicode_literals

import pytest
from channels.exceptions import ConsumeLater, DenyConnection
from channels.message import Message

from chartroom.errors import Refused
from chartroom.sockets.answers import answers_always, query_value


def connect_message(layer, **content):
    return Message(dict({"reply_channel": "daphne.response.test!x", "path": "/chat/lobby/"}, **content),
                   "websocket.connect", layer)


def replies_of(layer, consumer):
    """The replies to a connect that the decorated ``consumer`` handles."""
    answers_always(consumer)(connect_message(layer))
    replies = []
    while True:
        name, content = layer.receive(["daphne.response.test!"])
        if name is None:
            return replies
        content.pop("__asgi_channel__", None)
        replies.append(content)


class TestAnswersAlways:

    def test_adds_nothing_to_the_replies_of_the_consumer(self, layer):
        assert replies_of(layer, lambda message: None) == []

    def test_a_refusal_is_an_accept_and_a_close_code(self, layer):
        def refuse(message):
            raise Refused(4403, "not allowed")
        assert replies_of(layer, refuse) == [{"accept": True, "close": 4403}]

    def test_an_error_is_logged_and_asks_the_client_to_try_again(self, layer, caplog):
        assert replies_of(layer, lambda message: 1 / 0) == [{"accept": True, "close": 1013}]
        [record] = [record for record in caplog.records if record.name == "chartroom.sockets.answers"]
        assert "/chat/lobby/" in record.getMessage() and record.exc_info[0] is ZeroDivisionError

    @pytest.mark.parametrize("error", [DenyConnection, ConsumeLater])
    def test_exceptions_that_channels_handles_propagate(self, layer, error):
        def consumer(message):
            raise error()
        with pytest.raises(error):
            replies_of(layer, consumer)

    def test_passes_the_arguments_of_the_route(self, layer):
        passed = []
        answers_always(lambda message, **kwargs: passed.append(kwargs))(connect_message(layer), room="lobby")
        assert passed == [{"room": "lobby"}]


@pytest.mark.parametrize("query, value", [
    (b"since=5", "5"), ("since=5", "5"), (b"since=1&since=2", "2"), (b"since=", ""), (b"since", ""),
    (b"other=1", None), (b"", None), (b"since=%00", "\x00"),
], ids=repr)
def test_the_last_value_of_a_parameter_is_returned(layer, query, value):
    assert query_value(connect_message(layer, query_string=query), "since") == value


def test_a_connect_without_a_query_has_no_value(layer):
    assert query_value(connect_message(layer), "since") is None
