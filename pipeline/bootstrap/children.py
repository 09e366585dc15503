"""What a command hands on to the processes it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.settings import Settings

if TYPE_CHECKING:
    from streams.brokers.open import AnyBroker

PACED_BATCH_SECONDS = 0.1
"""How long a worker collects where publishing is paced by what has landed."""


def settings_for_children(settings: Settings, broker: AnyBroker) -> Settings:
    """The same settings with the broker by its address, for processes that join it."""
    import msgspec

    own = {"kafka": broker.bootstrap, "home": str(settings.home_path)}
    if broker.max_ahead_bytes is None:
        return msgspec.structs.replace(settings, **own)
    # the publisher waits for what lands, so small batches at once are quicker here than large ones later
    return msgspec.structs.replace(settings, **own, batch_seconds=min(settings.batch_seconds, PACED_BATCH_SECONDS))
