"""The warehouse's SQL models: read from files, ordered by what they refer to, built in one DuckDB connection."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import duckdb
import sqlglot
from sqlglot import exp

from pipeline.domain.errors import FatalError
from pipeline.domain.lake_tables import TABLES
from warehouse.sharing import CELLS, shared_cells_sql

SQL_FOLDER: Final = Path(__file__).with_name("sql")
MACROS: Final = Path(__file__).with_name("macros.sql")
SOURCES: Final = (
    *(f"lake_{table}" for table in TABLES),
    "lake_snapshot",
    "metric_definition",
    "sharing_rule",
    "instrument_definition",
    "index_definition",
    "category_definition",
    "case_step",
    "case_state",
    "case_priority",
    "emerging_phrase",
)
"""Relations that stand before the first model: the lake's tables, one row about its snapshot, the registries of
metrics, instruments and indices, the taxonomy, what counts as a small cell, the words of cases, and phrases that texts
say more often than before (`warehouse.emerging_topics` fills it when feedback stands)."""

HEADER: Final = ("Grain", "Keys", "Meaning", "Upstream")


@dataclass(frozen=True, slots=True)
class Model:
    """One SELECT. Steps on the way become temporary views, all others tables of the database that is built."""

    name: str
    sql: str
    upstream: frozenset[str]

    @property
    def is_staging(self) -> bool:
        """Whether it is a step from the lake to the marts."""
        return self.name.startswith("stg_")

    @property
    def is_temporary(self) -> bool:
        """Whether nothing of it is published: staging, and the single contributions that aggregates sum."""
        return self.name.startswith(("stg_", "unit_"))


def load_models(folder: Path = SQL_FOLDER, sources: Collection[str] = SOURCES) -> list[Model]:
    """Every `.sql` file of `folder` as a model, each after all models that it refers to, else by name.

    The project's own folder has one more, which is made from the metric registry.

    Raises `FatalError` naming a file without a full header or with SQL that does not parse, a reference to something
    that is neither model nor source, or the models of a cycle.
    """
    models = {path.stem: _read(path) for path in sorted(folder.glob("*.sql"))}
    if folder == SQL_FOLDER:
        models[CELLS] = _parsed(CELLS, shared_cells_sql())
    return _ordered(models, sources)


def needed_for(models: Sequence[Model], names: Collection[str]) -> list[Model]:
    """Those of `models` that `names` are built from, themselves included, in the same order."""
    upstream = {model.name: model.upstream for model in models}
    needed, found = set(names), list(names)
    while found:
        new = upstream.get(found.pop(), frozenset()) - needed
        needed |= new
        found += new
    return [model for model in models if model.name in needed]


def fed_by(models: Sequence[Model], name: str) -> list[Model]:
    """Those of `models` (in building order) that are built from `name`, directly or through others."""
    fed, found = {name}, []
    for model in models:
        if model.upstream & fed:
            fed.add(model.name)
            found.append(model)
    return found


def models_digest(models: Iterable[Model], macros: str | None = None) -> str:
    """SHA-256 of what the models and macros say: equal digests build equal marts from equal lakes."""
    digest = hashlib.sha256((MACROS.read_text(encoding="utf-8") if macros is None else macros).encode())
    for model in sorted(models, key=lambda each: each.name):
        digest.update(f"\0{model.name}\0{model.sql}".encode())
    return digest.hexdigest()


def build(connection: duckdb.DuckDBPyConnection, models: Iterable[Model]) -> dict[str, int]:
    """Create macros and models in `connection`, whose sources stand already; rows of each mart by name.

    Raises `duckdb.Error` as it comes, with the model's name as a note.
    """
    connection.execute(MACROS.read_text(encoding="utf-8")).fetchall()
    rows: dict[str, int] = {}
    for model in models:
        kind = "temp view" if model.is_temporary else "table"
        try:
            made = connection.execute(f"create or replace {kind} {model.name} as {model.sql}").fetchone()
        except duckdb.Error as error:
            error.add_note(f"while building model {model.name}")
            raise
        if not model.is_temporary:
            rows[model.name] = int(made[0]) if made else 0
    return rows


def _read(path: Path) -> Model:
    return _parsed(path.stem, path.read_text(encoding="utf-8"))


def _parsed(name: str, sql: str) -> Model:
    missing = [word for word in HEADER if f"-- {word}:" not in sql]
    if missing:
        raise FatalError(f"Model {name}.sql lacks {', '.join(missing)} in its header.")
    try:
        statement = sqlglot.parse_one(sql, dialect="duckdb")
    except sqlglot.errors.ParseError as error:
        raise FatalError(f"Model {name}.sql does not parse: {str(error).splitlines()[0]}") from error
    own = {cte.alias for cte in statement.find_all(exp.CTE)}
    upstream = frozenset(table.name for table in statement.find_all(exp.Table) if table.name not in own)
    return Model(name, sql, upstream)


def _ordered(models: Mapping[str, Model], sources: Collection[str]) -> list[Model]:
    for model in models.values():
        unknown = sorted(model.upstream - models.keys() - set(sources))
        if unknown:
            raise FatalError(
                f"Model {model.name} refers to {', '.join(unknown)}, which is neither a model nor a source."
            )
    sorter = TopologicalSorter({name: sorted(models[name].upstream & models.keys()) for name in sorted(models)})
    try:
        return [models[name] for name in sorter.static_order()]
    except CycleError as error:
        raise FatalError(f"These models refer to one another in a circle: {' → '.join(error.args[1])}.") from error
