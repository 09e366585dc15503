"""What a home holds: its lake, and the demo's right to empty it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.domain.errors import DependencyError
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.open_cases import PolicyFolds
    from warehouse.lake import DeltaLake

LAKE_ID = "id"
"""The file in the lake that names it, so that its ledger workers find each other wherever they run."""


def open_lake(settings: Settings) -> DeltaLake:
    """The lake of the home; its tables are made when something is first landed in them."""
    from warehouse.lake import DeltaLake

    return DeltaLake(settings.lake_path, compact_every=settings.compact_every)


def lake_id(settings: Settings) -> str:
    """The lake's own name, made the first time anybody asks. Raises `DependencyError` when it cannot be written."""
    import uuid

    file = settings.lake_path / LAKE_ID
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="ascii") as new:
                new.write(uuid.uuid4().hex[:12])
        except FileExistsError:
            pass
        return file.read_text(encoding="ascii")
    except OSError as error:
        raise DependencyError(f"The lake {settings.lake_path} cannot be used ({error.strerror}).") from error


def case_folds(settings: Settings) -> PolicyFolds:
    """What folds cases under the policies in force. Raises `UsageError` when they cannot be read."""
    from pipeline.domain.cases.policy import load_policies
    from pipeline.services.open_cases import PolicyFolds

    return PolicyFolds(load_policies(settings.policies), case_memory_days=settings.case_memory_days)


@contextmanager
def demo_home(settings: Settings) -> Iterator[Settings]:
    """Settings whose home is empty and whose topics are the demo's own; foreign topics are removed afterwards."""
    import uuid

    import msgspec

    from pipeline.services.demo_home import clear_demo_home
    from streams.admin import delete_topics
    from streams.brokers.local.cluster import local_status
    from streams.brokers.open import LOCAL, MEMORY, open_broker

    clear_demo_home(settings.home_path, broker_runs=local_status(settings).running)
    if settings.kafka in {LOCAL, MEMORY}:
        yield settings
        return
    own = msgspec.structs.replace(settings, topic_prefix=f"{settings.topic_prefix}.demo-{uuid.uuid4().hex[:8]}")
    try:
        yield own
    finally:
        with open_broker(own) as broker:
            delete_topics(broker, own)
