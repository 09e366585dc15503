"""The lake table `enrichments`, and events as one of its models sees them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError

from pipeline.domain.enrichment import ENRICHMENT_STATISTICS, ENRICHMENTS, INTAKE, OFF, STATED
from pipeline.domain.errors import DependencyError, RetryableError, UsageError
from pipeline.domain.taxonomy import CONFIDENCE_HEADS

TABLE: Final = "enrichments"

_OVERTAKEN: Final = "Another reclassification changed the enrichments meanwhile; run it again, it goes on where it was."


class Enrichment(msgspec.Struct, frozen=True):
    """What classifies the events of a warehouse: a model's answers in these files, or `OFF`."""

    model: str
    files: list[str]
    version: int


class EnrichmentTable:
    """The table below a lake's folder, made on first use.

    Its one snapshot moves on by its own commits only: whoever reads which events a model has answered, and then
    appends the others, is refused with `RetryableError` if somebody else appended in between.
    """

    def __init__(self, root: Path) -> None:
        self.folder = root / TABLE
        self._delta = DeltaTable(self.folder) if (self.folder / "_delta_log").is_dir() else None

    @property
    def version(self) -> int:
        """Delta's, -1 for a table never written."""
        return -1 if self._delta is None else self._delta.version()

    @property
    def files(self) -> list[str]:
        """Paths of the Parquet files of the snapshot held."""
        if self._delta is None:
            return []
        paths = pa.table(self._delta.get_add_actions()).column("path").to_pylist()
        return sorted(str(self.folder / path) for path in paths)

    def models(self) -> list[str]:
        """Every model that has answered, by name."""
        if not self.files:
            return []
        found = ds.dataset(self.files, schema=ENRICHMENTS).to_table(columns=["model"]).column("model").unique()
        return sorted(found.to_pylist())

    def append(self, rows: pa.Table) -> None:
        """Add rows in one commit."""
        before = self.version
        try:
            if self._delta is None:
                self._delta = DeltaTable.create(
                    self.folder,
                    ENRICHMENTS,
                    mode="error",
                    name=TABLE,
                    configuration={"delta.dataSkippingStatsColumns": ",".join(ENRICHMENT_STATISTICS)},
                )
                before = 0
            write_deltalake(
                self._delta,
                rows.cast(ENRICHMENTS),
                mode="append",
                commit_properties=CommitProperties(max_commit_retries=0),
            )
            self._delta.update_incremental()
        except CommitFailedError as error:
            raise RetryableError(_OVERTAKEN) from error
        except (DeltaError, OSError) as error:
            if self._delta is None and (self.folder / "_delta_log").is_dir():
                raise RetryableError(_OVERTAKEN) from error
            raise DependencyError(f"The enrichments cannot be written at {self.folder}: the disk refuses.") from error
        if self.version != before + 1:
            raise RetryableError(_OVERTAKEN)


def enrichment_of(root: Path, name: str) -> Enrichment | None:
    """What classifies events under the setting `enrichment`; None for what the intake said.

    Raises `UsageError` where the named model has answered nothing yet.
    """
    if name == INTAKE:
        return None
    if name == OFF:
        return Enrichment(OFF, [], -1)
    table = EnrichmentTable(root)
    known = table.models()
    if name not in known:
        have = ", ".join(f"`{model}`" for model in (INTAKE, OFF, *known))
        raise UsageError(
            f"no stored text was classified by `{name}`; take one of {have}, or run `vidhuk reclassify --model FILE`"
        )
    return Enrichment(name, table.files, table.version)


def enriched(events: str, enrichment: Enrichment) -> str:
    """SELECT of the rows of the SELECT `events`, classified by the enrichment.

    An event that its model has not answered keeps what the intake said; so does what the model was not asked. What it
    was asked and does not know is null. What the channel stated stays.
    """
    heads = CONFIDENCE_HEADS
    if enrichment.model == OFF:
        columns = [f"{_stated(head)} as {head}" for head in heads]
        columns += ["null::varchar as confidence", "null::varchar as model"]
        return f"select event.* replace ({', '.join(columns)}) from ({events}) as event"  # noqa: S608 - names of ours and a SELECT of ours
    columns = [
        f"case when {_stated(head)} is null and list_contains(string_split(said.heads, ' '), '{head}') "
        f"then said.{head} else event.{head} end as {head}"
        for head in heads
    ]
    columns += [
        "case when said.model is null then event.confidence else said.confidence end as confidence",
        "coalesce(said.model, event.model) as model",
    ]
    model = "'" + enrichment.model.replace("'", "''") + "'"
    said = f"select * from {_files(enrichment.files)} where model = {model}"  # noqa: S608 - views take no parameters; quoted
    return (
        f"select event.* replace ({', '.join(columns)}) from ({events}) as event "  # noqa: S608 - names and SELECTs of ours
        f"left join ({said}) as said on said.event_key = event.event_key"
    )


def answered_keys(files: Sequence[str]) -> str:
    """SELECT of the `event_key` that the model of its one parameter has answered in these files."""
    if not files:
        return "select null::bigint as event_key where ? is null"
    return f"select event_key from {_files(files)} where model = ?"  # noqa: S608 - quoted paths of the lake


def _stated(head: str) -> str:
    return f"event.data::json->>'{head}'" if head in STATED else f"null::{_KINDS.get(head, 'varchar')}"


_KINDS: Final = {"severity": "tinyint", "safety": "boolean"}


def _files(files: Sequence[str]) -> str:
    names = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    return f"read_parquet([{names}], union_by_name = true, hive_partitioning = false)"
