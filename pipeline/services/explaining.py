"""One use case: say why today's figure differs from what was published."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

from pipeline.domain.errors import UsageError
from pipeline.metrics.explanation import DEFINITION, Explanation, Totals, explained
from pipeline.metrics.metric import Metric
from pipeline.settings import Settings
from warehouse.explaining import stages_between
from warehouse.history import Publication, publications
from warehouse.known import Known
from warehouse.lake import DeltaLake
from warehouse.metric_queries import Question, rows_if_it_can
from warehouse.published import file_name, required, snapshot


def publication_of(settings: Settings, *, version: int | None = None, moment: datetime | None = None) -> Publication:
    """The publication of that version, or the newest that stood at `moment`, or without either the first one kept.

    Raises `UsageError` when there is none.
    """
    known = publications(settings.published_path)
    found = [
        each
        for each in known
        if (version is None or each.version == version)
        and (moment is None or each.created <= moment or each.as_known_at == moment)
    ]
    if not found:
        wanted = f"version {version}" if version is not None else f"anything by {moment}" if moment else "anything"
        raise UsageError(
            f"{settings.published_path} never published {wanted}; `history.jsonl` there lists what it did."
        )
    return found[0] if version is None and moment is None else found[-1]


def explain(
    settings: Settings, metric: Metric, question: Question, publication: Publication
) -> tuple[Explanation, str | None]:
    """The parts between the figure as `publication` gave it and as the newest publication does, and a caveat.

    Where the definition or the models changed in between and the old file is still kept, the change of definition is a
    part of its own; where the file is gone, the caveat says that the account begins with today's definition.
    """
    newest = publications(settings.published_path)
    required(settings.published_path)
    taken = snapshot(DeltaLake(settings.lake_path), settings.enrichment)
    area = settings.state_path / "asking"
    then, stages = stages_between(taken, metric, question, _known(publication), _known(newest[-1]), area)
    if publication.models_digest == newest[-1].models_digest:
        return explained(metric, then, stages), None
    published = _from_file(settings, metric, question, publication)
    if published is None:
        return explained(metric, then, stages), (
            f"Models or definitions have changed since version {publication.version}, and its file cannot answer any "
            "more: the account begins with what today's definition makes of what was known then."
        )
    return explained(metric, published, [(DEFINITION, 0, then), *stages]), None


def _known(publication: Publication) -> Known:
    if publication.as_known_at is None:
        raise UsageError(f"Version {publication.version} was published from an empty lake: nothing was known.")
    return Known(publication.as_known_at, tuple(publication.stands) or None)


def _from_file(settings: Settings, metric: Metric, question: Question, publication: Publication) -> Totals | None:
    """The sums that the old file itself gives; None where it is gone or cannot answer."""
    path = settings.published_path / file_name(publication.version)
    if not path.exists() or metric.kind not in ("share", "count"):
        return None
    rows = rows_if_it_can(path, metric, question)
    if rows is None or len(rows) > 1:
        return None
    n, k, base = (rows[0][name] if rows else 0 for name in ("n", "numerator", "denominator"))
    if not isinstance(n, int) or not isinstance(k, (int, float)):
        return None
    weight = Fraction(base) if metric.aggregate.is_surveyed and isinstance(base, (int, float)) else None
    return Totals(Fraction(k), 0, Fraction(0), n, None, weight)
