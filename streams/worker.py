"""Running a Faust app as a process: signals, a clean leave, an exit code, and a log without anybody's feedback."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import logging
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaConnectionError

from pipeline.domain.errors import DependencyError, VidhukError

if TYPE_CHECKING:
    import faust

EXIT_OK, EXIT_CRASHED, EXIT_UNREACHABLE = 0, 1, 3
STOP_SECONDS = 10.0
"""A leave that takes longer is cut short: the broker notices, and nothing unfinished was committed."""

GARBAGE_THRESHOLDS = 100_000, 20, 10
"""Objects between collections of the young, then how many of those until the older ones' turn."""

_log = logging.getLogger("vidhuk.worker")


class PrivateFormatter(logging.Formatter):
    """Log lines in which an exception is its type and where it was raised, never its message.

    Messages of other people's exceptions may quote the record they failed on. Ours are written to be shown.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The line; arguments that are exceptions are shortened too."""
        if isinstance(record.args, tuple):
            record.args = tuple(public_reason(arg) if isinstance(arg, BaseException) else arg for arg in record.args)
        return super().format(record)

    def formatException(  # noqa: N802  # the standard library's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        """Frames and type."""
        _, error, frames = ei
        if error is None:
            return ""
        return "".join(traceback.format_tb(frames)) + public_reason(error)


def public_reason(error: BaseException) -> str:
    """The error's sentence if it is one of ours, else only its type."""
    name = type(error).__name__
    return f"{name}: {error}" if isinstance(error, VidhukError) else name


def configure_logging(level: int = logging.WARNING) -> None:
    """Log to stderr, privately."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PrivateFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def collect_garbage_seldom() -> None:
    """Keep the cyclic collector away from records; called once everything is imported and built.

    A batch is tens of thousands of objects without one cycle among them, which counting references frees. With the
    usual thresholds the collector walks those it tracks, and every imported module, again and again: it took a third of
    the time of decoding before the structs of `pipeline.domain.exact` were untracked. What does make cycles, asyncio
    and exceptions, makes few.
    """
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    atexit.register(gc.unfreeze)  # what is still frozen at the end, DuckDB's binding reports as leaked


def run_worker(app: faust.App, *resources: AbstractAsyncContextManager[Any]) -> int:
    """Run the app until SIGTERM, SIGINT or a crash; returns the process's exit code.

    `resources`, a sender for example, are entered on the app's loop before it starts and left after it has stopped.
    0 after a signal, 1 when an agent crashed or the data would have suffered, 3 when the broker cannot be reached. The
    reason of a crash is on stderr.
    """
    configure_logging()
    collect_garbage_seldom()
    Path(app.conf.datadir).mkdir(parents=True, exist_ok=True)
    try:
        reason = asyncio.run(_with(resources, app))
    finally:
        app.transport.worker.shutdown(wait=False)
    if reason is None:
        return EXIT_OK
    sys.stderr.write(f"The worker {app.conf.id} stopped: {public_reason(reason)}\n")
    if isinstance(reason, DependencyError):
        return EXIT_UNREACHABLE
    return EXIT_CRASHED


async def _with(resources: Sequence[AbstractAsyncContextManager[Any]], app: faust.App) -> BaseException | None:
    async with contextlib.AsyncExitStack() as stack:
        try:
            for resource in resources:
                await stack.enter_async_context(resource)
        except VidhukError as error:
            return error
        return await _run(app)


async def _run(app: faust.App) -> BaseException | None:
    """Why the app crashed; None when it was asked to stop."""
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    app.in_worker = True
    start = loop.create_task(app.start())
    crashed = loop.create_task(app._crashed.wait())  # noqa: SLF001  # mode has no public event for it
    stop = loop.create_task(asked.wait())
    try:
        await asyncio.wait({start, crashed, stop}, return_when=asyncio.FIRST_COMPLETED)
        if start.done() and start.exception() is None and not crashed.done() and not stop.done():
            await asyncio.wait({crashed, stop}, return_when=asyncio.FIRST_COMPLETED)
        return _reason(app, start)
    finally:
        for task in (start, crashed, stop):
            task.cancel()
        await leave(app)


def _reason(app: faust.App, start: asyncio.Task[None]) -> BaseException | None:
    failed = start.exception() if start.done() and not start.cancelled() else None
    reason: BaseException | None = failed or app.crash_reason
    if isinstance(reason, KafkaConnectionError):
        return unreachable(app)
    return reason


def unreachable(app: faust.App) -> DependencyError:
    """The sentence for a broker that does not answer."""
    addresses = ",".join(f"{url.host}:{url.port}" for url in app.conf.broker)
    return DependencyError(f"Kafka at {addresses} cannot be reached; is it running?")


async def leave(app: faust.App) -> None:
    """Stop the app and leave its group, within `STOP_SECONDS`."""
    try:
        await asyncio.wait_for(app.stop(), STOP_SECONDS)
    except TimeoutError:
        _log.warning("Leaving the group took longer than %s s and was cut short", STOP_SECONDS)
    except Exception as error:  # noqa: BLE001  # it is leaving; the reason it crashed for matters more
        _log.warning("Leaving the group failed: %s", public_reason(error))
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(0)
