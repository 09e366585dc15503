"""Consumer groups: who shares work with whom."""

from __future__ import annotations

from pipeline.settings import Settings


def intake_group(settings: Settings) -> str:
    """All intake workers of one set of topics share its partitions, whichever home they belong to."""
    return f"{settings.topic_prefix}.intake"


def ledger_group(settings: Settings, lake_id: str) -> str:
    """All ledger workers of one lake share its partitions; another lake of the same topics reads them all again."""
    return f"{settings.topic_prefix}.ledger.{lake_id}"
