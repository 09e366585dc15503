"""One use case: build the marts aside, audit them, and only then publish them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from expectations.gate import audit
from expectations.outcome import Outcome, Status
from expectations.rules import Suite
from expectations.suites import SUITES
from pipeline.domain.errors import CheckFailedError
from pipeline.domain.taxonomies.loading import load_taxonomy
from pipeline.domain.taxonomies.taxonomy import Taxonomy
from pipeline.settings import Settings
from warehouse.audited import MartRunner
from warehouse.category_words import categories_digest
from warehouse.history import remember
from warehouse.lake import DeltaLake
from warehouse.metric_definitions import changed_definitions, definitions_digest
from warehouse.models import Model, load_models, models_digest
from warehouse.published import (
    KEEP_VERSIONS,
    LakeSnapshot,
    Published,
    built_aside,
    current,
    file_name,
    move_in,
    next_version,
    prune,
    publishing_lock,
    snapshot,
)
from warehouse.survey_words import survey_words_digest

SHOWN: int = 5
"""How many broken rules a sentence names."""


class AuditFailedError(CheckFailedError):
    """The new marts broke an expectation; the last good version stays published. `outcomes` holds all of them."""

    def __init__(self, outcomes: Sequence[Outcome], last_good: Published | None) -> None:
        self.outcomes = tuple(outcomes)
        self.blocking = tuple(outcome for outcome in outcomes if outcome.blocks)
        said = " | ".join(outcome.sentence for outcome in self.blocking[:SHOWN])
        more = f" | and {len(self.blocking) - SHOWN} more" if len(self.blocking) > SHOWN else ""
        stays = "nothing is published yet" if last_good is None else f"version {last_good.version} stays published"
        super().__init__(f"The audit of the new warehouse failed, so {stays}. {said}{more}")


@dataclass(frozen=True, slots=True)
class Publication:
    """What one call did: the version in force, whether it is new, the audit of a new one, and how long it took."""

    published: Published
    is_new: bool
    outcomes: tuple[Outcome, ...]
    seconds: float


def publish(
    settings: Settings,
    *,
    force: bool = False,
    keep: int = KEEP_VERSIONS,
    models: Sequence[Model] | None = None,
    suites: Sequence[Suite] = SUITES,
) -> Publication:
    """Publish what the lake holds now, unless the current version was built from just that by the same models.

    Publishers of one home wait for one another. Blocks for as long as building and auditing takes. Raises
    `AuditFailedError` when the marts do not hold what is expected of them (the last good version stays, and exit
    code 1 follows), `DependencyError` when the disk refuses, `UsageError` when the taxonomy cannot be read.
    """
    started = time.monotonic()
    folder = settings.published_path
    chosen = load_models() if models is None else list(models)
    taxonomy = load_taxonomy(settings.taxonomy)
    words = survey_words_digest() + categories_digest(taxonomy)
    digest = definitions_digest(models_digest(chosen) + words, settings.small_cells)
    with publishing_lock(folder):
        prune(folder, keep)  # what a crash left above the pointer makes room for the next version
        last_good = current(folder)
        taken = snapshot(DeltaLake(settings.lake_path), settings.enrichment)
        if last_good is not None and not force and _is_built_from(last_good, settings, taken, digest):
            return Publication(last_good, is_new=False, outcomes=(), seconds=time.monotonic() - started)
        published, outcomes = _build_and_move(settings, taken, chosen, taxonomy, digest, suites, last_good)
        prune(folder, keep)
    return Publication(published, is_new=True, outcomes=outcomes, seconds=time.monotonic() - started)


def _build_and_move(
    settings: Settings,
    taken: LakeSnapshot,
    models: Sequence[Model],
    taxonomy: Taxonomy,
    digest: str,
    suites: Sequence[Suite],
    last_good: Published | None,
) -> tuple[Published, tuple[Outcome, ...]]:
    folder = settings.published_path
    area = settings.state_path / "publishing"
    with built_aside(area, taken, models, small_cells=settings.small_cells, taxonomy=taxonomy) as building:
        outcomes = tuple(audit(MartRunner(building.connection), suites))
    if any(outcome.blocks for outcome in outcomes):
        building.discard()
        raise AuditFailedError(outcomes, last_good)
    version = next_version(folder)
    published = Published(
        version=version,
        file=file_name(version),
        created=datetime.now(UTC),
        as_known_at=building.as_known_at,
        lake_versions=taken.versions,
        models_digest=digest,
        rows=building.rows,
        warnings=[outcome.sentence for outcome in outcomes if outcome.status is not Status.PASSED],
        stands=building.stands,
    )
    move_in(building.path, folder, published)
    remember(folder, published, changed_definitions())
    building.discard()
    return published, outcomes


def _is_built_from(last_good: Published, settings: Settings, taken: LakeSnapshot, digest: str) -> bool:
    return (
        last_good.lake_versions == taken.versions
        and last_good.models_digest == digest
        and last_good.path(settings.published_path).exists()
    )
