"""An evaluation as one web page: no scripts, no network, readable by a screen reader and in print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from pipeline.classify.evaluation import Evaluation
from pipeline.classify.measures import CalibrationBin
from pipeline.cli.evaluation_view import summary_rows

_MOST_ERRORS: Final = 100
_SIDE: Final = 320
_CALIBRATION: Final = (
    "Each dot is a group of texts of like confidence; on the dashed line, 0.8 means right in 80 of 100."
)
_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0 2rem; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { padding: .2rem .8rem .2rem 0; text-align: right; border-bottom: 1px solid #8884; }
th:first-child, td.name { text-align: left; }
svg { max-width: 100%; height: auto; }
.line { stroke: currentColor; stroke-width: 1; fill: none; }
.ideal { stroke: currentColor; stroke-dasharray: 4 4; opacity: .5; }
.dot { fill: #2a78c8; }
"""


def evaluation_page(found: Evaluation, source: str) -> str:
    """The page as HTML; `source` names the file of labelled texts. It holds labels and figures, never a text."""
    measures = found.measures
    title = f"{found.model} on {source}"
    ordered = sorted(measures.classes, key=lambda one: (one.f1, one.label))
    classes = [
        (one.label, f"{one.n:,}", f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}") for one in ordered
    ]
    errors = [(one.label, one.answered or "(not answered)", f"{one.n:,}") for one in measures.confusions]
    shown = errors[:_MOST_ERRORS]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f"<p>Head <code>{escape(found.head)}</code>. {_reading(found)}</p>",
        _table(
            "Summary", ("figure", "value", "of"), summary_rows(measures, found.threshold, found.documents_per_second)
        ),
        "<h2>How sure, and how often right</h2>",
        f"<p>{_CALIBRATION} The expected calibration error is {measures.calibration_error:.4f}.</p>",
        _chart(measures.calibration),
        _table(
            "Groups by confidence",
            ("confidence from", "to", "n", "mean confidence", "accuracy"),
            [
                (f"{b.lo:.2f}", f"{b.hi:.2f}", f"{b.n:,}", f"{b.confidence:.3f}", f"{b.accuracy:.3f}")
                for b in measures.calibration
            ],
        ),
        "<h2>Classes</h2>",
        _table("Every class, the hardest first", ("class", "n", "precision", "recall", "F1"), classes),
        "<h2>Errors</h2>",
        _table(
            f"{len(shown)} of {len(errors)} kinds of error, the most frequent first", ("is", "taken for", "n"), shown
        )
        if errors
        else "<p>There were none.</p>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(parts)
        + "\n</main>\n</body>\n</html>\n"
    )


def _reading(found: Evaluation) -> str:
    if found.measures.n_out_of_scope:
        return "A text that was not answered counts as an error in accuracy, macro-F1 and the errors below."
    return "Accuracy, macro-F1 and the errors below take the likeliest class of every text."


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "\n".join(
        f'<tr><th scope="row">{escape(row[0])}</th>' + "".join(_cell(cell) for cell in row[1:]) + "</tr>"
        for row in rows
    )
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _cell(value: str) -> str:
    name = ' class="name"' if value and not value[0].isdigit() else ""
    return f"<td{name}>{escape(value)}</td>"


def _chart(bins: Sequence[CalibrationBin]) -> str:
    """Accuracy over confidence, both from 0 to 1; the table beside it holds the same figures."""
    most = max((b.n for b in bins), default=1)
    dots = "".join(
        f'<circle class="dot" cx="{b.confidence * _SIDE:.1f}" cy="{(1 - b.accuracy) * _SIDE:.1f}" '
        f'r="{3 + 9 * (b.n / most) ** 0.5:.1f}"><title>{b.n:,} texts: confidence {b.confidence:.2f}, '
        f"accuracy {b.accuracy:.2f}</title></circle>"
        for b in bins
    )
    return (
        f'<svg role="img" aria-label="Accuracy by confidence; the table below holds the figures" width="{_SIDE + 40}" '
        f'viewBox="-10 -10 {_SIDE + 40} {_SIDE + 40}">'
        f'<rect class="line" width="{_SIDE}" height="{_SIDE}"/>'
        f'<line class="ideal" x1="0" y1="{_SIDE}" x2="{_SIDE}" y2="0"/>{dots}'
        f'<text x="{_SIDE}" y="{_SIDE + 20}" text-anchor="end" fill="currentColor">confidence</text>'
        f'<text x="4" y="14" fill="currentColor">accuracy</text></svg>'
    )
