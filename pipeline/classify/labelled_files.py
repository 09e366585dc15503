"""Labelled texts read from a CSV, TSV, Parquet or JSONL file, two columns of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.csv
import pyarrow.json
import pyarrow.parquet as pq

from pipeline.domain.errors import UsageError

_DELIMITERS: Final = (",", ";", "\t", "|")
_WRONG_WIDTH = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """Texts and labels of equal length, in file order; `unlabelled` rows without a label were left out."""

    texts: list[str]
    labels: list[str]
    unlabelled: int

    def __len__(self) -> int:
        return len(self.texts)


def read_labelled(path: Path, text: str, label: str) -> LabelledTexts:
    """The texts and labels of a file; an absent text is empty.

    Raises:
        UsageError: the file cannot be read as what its name says, lacks a column, or has no labelled row.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise UsageError(f"{path.name}: only {', '.join(sorted(_READERS))} can be read; name the file by its format")
    try:
        table = read(path, {text, label})
    except pa.ArrowInvalid as error:
        raise UsageError(f"{path.name} cannot be read as {path.suffix[1:]}: {_without_text(error)}") from error
    for option, column in (("--text", text), ("--label", label)):
        if column not in table.column_names:
            have = ", ".join(f"`{name}`" for name in table.column_names[:20])
            raise UsageError(f"{path.name} has no column `{column}` for {option}; it has {have}")
    texts, labels = _strings(table, text, path), _strings(table, label, path)
    kept = [(one or "", said) for one, said in zip(texts, labels, strict=True) if said]
    if not kept:
        raise UsageError(f"{path.name} has no row with a label in `{label}`")
    return LabelledTexts([one for one, _ in kept], [said for _, said in kept], len(labels) - len(kept))


def _strings(table: pa.Table, column: str, path: Path) -> list[str | None]:
    try:
        found: list[str | None] = table[column].cast(pa.large_string()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        kind = table.schema.field(column).type
        raise UsageError(
            f"{path.name}: the column `{column}` holds {kind}, which is neither text nor labels"
        ) from error
    return found


def _read_csv(path: Path, wanted: Collection[str]) -> pa.Table:
    """Every column as text: a label `1` is a name, and so is `NA`."""
    delimiter, names = _header(path, wanted)
    parse = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    convert = pyarrow.csv.ConvertOptions(column_types={name: pa.string() for name in names})
    # one thread: only then does an error name its row
    return pyarrow.csv.read_csv(path, pyarrow.csv.ReadOptions(use_threads=False), parse, convert)


def _header(path: Path, wanted: Collection[str]) -> tuple[str, list[str]]:
    """The delimiter that parts the wanted columns' names, a comma if none does, and all names."""
    headers = {}
    for delimiter in _DELIMITERS:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            headers[delimiter] = next(csv.reader(file, delimiter=delimiter), [])
        if {*wanted} <= {*headers[delimiter]}:
            return delimiter, headers[delimiter]
    return ",", headers[","]


def _read_json_lines(path: Path, _: Collection[str]) -> pa.Table:
    return pyarrow.json.read_json(path)


def _read_parquet(path: Path, _: Collection[str]) -> pa.Table:
    return pq.read_table(path)


_READERS: Final[dict[str, Callable[[Path, Collection[str]], pa.Table]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
}


def _without_text(error: pa.ArrowInvalid) -> str:
    """What is wrong, without the row that Arrow quotes: it is somebody's feedback."""
    width = _WRONG_WIDTH.search(str(error))
    if width:
        return f"row {width[1]} has {width[3]} columns, the header {width[2]}"
    if "invalid UTF8" in str(error):
        return "it is not UTF-8; save it as UTF-8"
    return str(error).split(":", 1)[0]
