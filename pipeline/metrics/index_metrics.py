"""Indices as metrics: one for each index of `indices.toml`, whatever versions it has."""

from __future__ import annotations

from typing import Final

from pipeline.metrics.indices import Index, indices
from pipeline.metrics.metric import Aggregate, Metric

INDEX: Final = Aggregate(table="agg_index_item_daily", units="", dimensions=("channel", "product", "survey_id", "wave"))

INDEX_METHOD: Final = "weighted means, normal, items fully correlated"


def metrics_of(all_indices: tuple[Index, ...]) -> tuple[Metric, ...]:
    """A metric for each name among `all_indices`, in their order, described by the newest version."""
    newest = {index.name: index for index in all_indices}
    return tuple(_metric(index) for index in newest.values())


def _metric(index: Index) -> Metric:
    items = ", ".join(f"{item} {weight:.3g}" for item, weight in index.weights().items())
    low, high = index.scale
    return Metric(
        name=index.name,
        kind="index",
        aggregate=INDEX,
        unit="points 0..100",
        definition=f"{index.label} index, 0 to 100, of {len(index.items)} questions on {low}-{high}.",
        population="Answers to the index's questions on its scale, by the day of the answer.",
        numerator="Weighted sum of the items' means.",
        denominator="Answers to the question with the fewest.",
        cohort="answered",
        nature="direct",
        method=INDEX_METHOD,
        source=f"{index.rule}; weights of version {index.version} (from {index.begins.isoformat()}): {items}.",
        cells=index.name,
        condition=f"index = '{index.name}'",
        projectable="if sampled",
        traps=(
            "Other weights or items are another version: figures of two versions are two series.",
            "Unknown where a question has no answers, or was asked in two wordings or ways.",
            "The interval takes a person's answers as fully correlated, so it is rather too wide.",
        ),
        is_shared=False,
        definition_version=index.version,
    )


METRICS: Final = metrics_of(indices())
