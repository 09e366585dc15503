from __future__ import annotations

import logging
import sys
from pathlib import Path

from pipeline.domain.errors import FatalError
from pipeline.settings import Settings
from streams.app import batch_topic, create_app
from streams.worker import PrivateFormatter, public_reason
from tests.contract.transport_worker import Address


def test_an_app_is_built_without_connecting_or_writing(tmp_path: Path) -> None:
    app = create_app(Settings(home=str(tmp_path / "home")), Address("127.0.0.1:1,127.0.0.1:2"), group="g")
    assert app.conf.id == "g"
    assert [f"{url.host}:{url.port}" for url in app.conf.broker] == ["127.0.0.1:1", "127.0.0.1:2"]
    assert not (tmp_path / "home").exists()


def test_only_topics_declared_as_batches_are_read_so(tmp_path: Path) -> None:
    app = create_app(Settings(home=str(tmp_path)), Address("127.0.0.1:1"), group="g")
    batch_topic(app, "feedback.inbox")
    assert app.transport.is_batch_topic("feedback.inbox")
    assert not app.transport.is_batch_topic("feedback.metrics")


def test_a_session_is_kept_alive_by_several_heartbeats(tmp_path: Path) -> None:
    app = create_app(Settings(home=str(tmp_path), session_timeout_seconds=8), Address("127.0.0.1:1"), group="g")
    assert app.conf.broker_session_timeout == 8
    assert app.conf.broker_heartbeat_interval <= 8 / 3
    assert app.conf.broker_request_timeout > app.conf.broker_session_timeout


def logged(error: Exception) -> str:
    try:
        raise error
    except type(error):
        record = logging.LogRecord("n", logging.ERROR, "f", 1, "crashed %r", (error,), sys.exc_info())
    return PrivateFormatter("%(message)s").format(record)


def test_a_log_line_shows_where_an_exception_was_raised_and_never_what_it_quotes() -> None:
    line = logged(ValueError("somebody's feedback"))
    assert "ValueError" in line
    assert "test_transport_app.py" in line
    assert "feedback" not in line.replace(str(Path(__file__).parents[3]), "")


def test_sentences_of_our_own_errors_are_shown() -> None:
    assert "lake is ahead" in logged(FatalError("the lake is ahead"))
    assert public_reason(FatalError("the lake is ahead")) == "FatalError: the lake is ahead"
    assert public_reason(KeyError("secret")) == "KeyError"
