"""Homes made anew from what another home's lake says, and compared with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.bootstrap.homes import case_folds, lake_id, open_lake
from pipeline.domain.errors import UsageError
from pipeline.services.rebuilding import Rebuilt
from pipeline.settings import Settings

if TYPE_CHECKING:
    from pipeline.services.reporting import Reporter
    from warehouse.lake import DeltaLake


def rebuild_home(settings: Settings, folder: Path, reporter: Reporter) -> Rebuilt:
    """Fold the history of the home in force into a new home at `folder`.

    Raises `UsageError` when `folder` holds anything, or the home has no lake.
    """
    import msgspec

    from pipeline.services.health import writable_home
    from pipeline.services.rebuilding import Rebuilding
    from streams.topics import DEAD_LETTERS, EVENTS
    from warehouse.landed_rows import LakeRows
    from warehouse.recorded import RecordedLake

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} holds something already; a rebuilt home needs a folder of its own.")
    folds, source = case_folds(settings), existing_lake(settings)
    other = msgspec.structs.replace(settings, home=str(folder))
    writable_home(other.home_path)
    lake_id(other)
    with reporter.step("rebuilding") as step:
        rebuilding = Rebuilding(
            RecordedLake(source),
            LakeRows(source),
            open_lake(other),
            folds,
            topics={"events": settings.topic(EVENTS), "dead_letters": settings.topic(DEAD_LETTERS)},
            progress=step.sent,
        )
        return rebuilding.rebuild()


def existing_lake(settings: Settings) -> DeltaLake:
    """The lake of a home that has one. Raises `UsageError` when nothing was ever landed there."""
    lake = open_lake(settings)
    if lake.existing("events") is None:
        raise UsageError(f"{settings.home_path} has no lake: nothing was ever landed there.")
    return lake
