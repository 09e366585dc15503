"""`docs/metrics.md` from the registry: `python -m pipeline.metrics.page docs/metrics.md` writes it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from pipeline.metrics.metric import Metric
from pipeline.metrics.registry import FAMILIES, METRICS

HEAD: Final = """# Metrics

Every figure that Vidhuk publishes, from the registry in `pipeline/metrics`, which the marts, the commands and this page
read alike. The page is generated: change the registry, then run `python -m pipeline.metrics.page docs/metrics.md`.

Each figure comes with its n, an interval of 95 % (full counts have nothing to estimate), the method, the version of its
definition and the moment it is known at. Direct measures are what customers say when asked of their satisfaction;
indirect indicators are signs of it. The two stand side by side and are never averaged. A changed meaning is a new
version of the definition, and figures of two versions are not compared.

Below its floor a figure is flagged, because its interval is wider than most differences that anybody acts on. *Not yet
mature* means that a figure still moves by its nature, not only by late events: cases closed last week can still be
reopened. *Not projectable* means that it says nothing of customers who are not in it.
"""

_PROJECTABLE: Final = {
    "if sampled": "only where those asked were drawn at random",
    "no": "no: who speaks unasked says nothing of those who keep silent",
    "full count": "a full count; the interval is that of the process behind it",
}


def page(metrics: Iterable[Metric] = METRICS.values()) -> str:
    """The whole page as Markdown."""
    listed = list(metrics)
    families = [
        f"`{name}` stands for {', '.join(f'`{each}`' for each in members)}, each answered by its own name."
        for name, members in FAMILIES.items()
    ]
    return "\n".join([HEAD, _overview(listed), "", *families, "", *(_section(metric) for metric in listed)])


def _overview(metrics: Iterable[Metric]) -> str:
    rows = [
        f"| [`{metric.name}`](#{metric.name}) | {metric.nature} | by {metric.cohort} | {metric.unit} |"
        for metric in metrics
    ]
    return "\n".join(["| metric | measure | counted | unit |", "|---|---|---|---|", *rows])


def _section(metric: Metric) -> str:
    facts = [
        ("population", metric.population),
        ("numerator", metric.numerator),
        ("denominator", metric.denominator),
        ("counted", f"by {metric.cohort}, in {metric.calendar}"),
        ("split by", ", ".join(f"`{name}`" for name in metric.dimensions) + _attributes(metric)),
        ("never summed over", ", ".join(f"`{name}`" for name in _apart(metric))),
        ("interval", metric.method if metric.has_interval else "none: a full count"),
        ("formula from", metric.source),
        ("floor", f"n of {metric.floor}; below it: {metric.below_floor}" if metric.floor else ""),
        ("shared", f"in `pub_metric_monthly`; suppressed together: {metric.cells}" if metric.is_shared else ""),
        ("still moves for", f"{metric.maturity_days} days after a period's end" if metric.maturity_days else ""),
        ("projectable", _PROJECTABLE[metric.projectable]),
        ("mart", f"`{metric.table}`"),
        ("definition", f"version {metric.definition_version}"),
    ]
    lines = [f"## {metric.name}", "", metric.definition, "", "| | |", "|---|---|"]
    lines += [f"| {name} | {said} |" for name, said in facts if said]
    lines += ["", "Traps:", "", *(f"- {trap}" for trap in metric.traps), ""] if metric.traps else [""]
    return "\n".join(lines)


def _apart(metric: Metric) -> tuple[str, ...]:
    return ("definition_version",) if metric.kind == "index" else metric.aggregate.narrowing


def _attributes(metric: Metric) -> str:
    return ", a custom attribute, and calendar periods" if metric.aggregate.attributes else ", and calendar periods"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
