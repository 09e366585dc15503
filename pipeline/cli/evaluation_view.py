"""Figures of a model for people (80 columns) and for programs (JSON)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from pipeline.classify.evaluation import Evaluation
from pipeline.classify.measures import Measures
from pipeline.classify.model import TextModel

SHOWN: Final = 10
"""So many of the worst classes and of the most frequent errors are printed; the page and the JSON have all."""
_LONGEST: Final = 30


def evaluation_json(found: Evaluation) -> str:
    """One object: the model, its head and all measures."""
    whole = msgspec.to_builtins(found)
    measures: dict[str, Any] = whole.pop("measures")
    return msgspec.json.encode({**whole, **measures}).decode()


def training_json(model: TextModel) -> str:
    """One object: the model's id and, by head, what cross-validation measured and which threshold it chose."""
    heads = {
        head.name: {"threshold": head.threshold, "cross_validated": model.header.report[head.name]}
        for head in model.heads
    }
    return msgspec.json.encode({"model": model.id, "heads": heads}).decode()


def show_training(model: TextModel, path: Path, console: Console) -> None:
    """Print what cross-validation measured."""
    console.print(Text.assemble(("Model ", "bold"), (model.id, "bold"), f" in {path}"))
    for head in model.heads:
        measures = msgspec.convert(model.header.report[head.name], Measures)
        console.print(
            f"\nCross-validated on {measures.n + measures.n_out_of_scope:,} texts: `{head.name}`", style="bold"
        )
        _show(measures, console, head.threshold)
    console.print(f"\nTry it on texts it has not seen: vidhuk evaluate {path.name} TEST.csv", style="dim", markup=False)


def show_evaluation(found: Evaluation, source: str, console: Console) -> None:
    """Print how right, how sure and how fast a model is."""
    console.print(Text.assemble(("Model ", "bold"), (found.model, "bold"), f" on {source}: `{found.head}`"))
    if found.unknown_labels:
        shown = ", ".join(f"`{label}`" for label in found.unknown_labels[:5])
        console.print(Text(f"Labels that the model does not have count as errors: {shown}", style="yellow"))
    _show(found.measures, console, found.threshold, found.documents_per_second)


def _show(measures: Measures, console: Console, threshold: float, rate: float | None = None) -> None:
    console.print(_table("", ("", "value", "of"), summary_rows(measures, threshold, rate), names=1))
    worst = sorted((one for one in measures.classes if one.n), key=lambda one: (one.f1, one.label))[:SHOWN]
    title = "Classes" if len(measures.classes) <= SHOWN else f"The {SHOWN} hardest of {len(measures.classes)} classes"
    rows = [(one.label, f"{one.n:,}", f"{one.precision:.3f}", f"{one.recall:.3f}", f"{one.f1:.3f}") for one in worst]
    console.print(_table(title, ("class", "n", "precision", "recall", "F1"), rows, names=1))
    errors = [(one.label, one.answered or "(not answered)", f"{one.n:,}") for one in measures.confusions[:SHOWN]]
    if errors:
        console.print(_table("Most frequent errors", ("is", "was taken for", "n"), errors, names=2))


def summary_rows(measures: Measures, threshold: float, rate: float | None) -> list[tuple[str, str, str]]:
    """Name, value and what it stands on, of every figure of the summary."""
    texts = f"{measures.n:,} in scope"
    rows = [
        ("accuracy", f"{measures.accuracy:.4f}", texts),
        ("macro-F1", f"{measures.macro_f1:.4f}", f"{sum(1 for one in measures.classes if one.n)} classes"),
        ("accuracy, always answering", f"{measures.accuracy_if_forced:.4f}", texts),
        ("accuracy, silence as error", f"{measures.accuracy_if_silent:.4f}", f"threshold {threshold:.3g}"),
        ("answered", f"{measures.answered:.4f}", texts),
    ]
    if measures.accuracy_of_answered is not None:
        count = round(measures.answered * measures.n)
        rows.append(("accuracy of the answered", f"{measures.accuracy_of_answered:.4f}", f"{count:,} answered"))
    rows.append(("calibration error", f"{measures.calibration_error:.4f}", f"{len(measures.calibration)} bins"))
    if measures.out_of_scope_recall is not None:
        beyond = f"{measures.n_out_of_scope:,} out of scope"
        rows.append(("out-of-scope recall", f"{measures.out_of_scope_recall:.4f}", beyond))
    if rate is not None:
        rows.append(("documents per second", f"{rate:,.0f}", "one core"))
    return rows


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], names: int) -> Table:
    """A table whose first `names` columns are text; long names are folded, figures never."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bright_black", title_justify="left")
    if title:
        table.title = f"\n{title}"
        table.title_style = "bold"
    for place, name in enumerate(columns):
        is_name = place < names or name == "of"
        table.add_column(
            name, justify="left" if is_name else "right", no_wrap=not is_name, max_width=_LONGEST, overflow="fold"
        )
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
