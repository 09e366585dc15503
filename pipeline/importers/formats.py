"""Which importer reads which format."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from pipeline.domain.errors import UsageError
from pipeline.importers.cfpb import CfpbImporter
from pipeline.importers.cloudevents import CloudEventsImporter
from pipeline.importers.mapped_csv import MappedCsvImporter
from pipeline.importers.mapping import load_mapping
from pipeline.importers.nyc311 import Nyc311Importer
from pipeline.ports import Importer

FORMATS: Final = ("cloudevents", "csv", "cfpb", "nyc311")
"""What `vidhuk run --as` takes."""


def importer(format_name: str, mapping: Path | None = None) -> Importer:
    """The importer of a format; `mapping` is the TOML file that `csv` needs and no other format takes.

    Raises `UsageError` for a format that is not known, a mapping that is missing, superfluous or wrong.
    """
    if format_name not in FORMATS:
        raise UsageError(f'"{format_name}" is not a format that can be imported; the formats are {", ".join(FORMATS)}.')
    if format_name == "csv":
        if mapping is None:
            raise UsageError(
                "The format csv needs a mapping: --map FILE.toml. docs/importing.md shows how to write one."
            )
        return MappedCsvImporter(load_mapping(mapping))
    if mapping is not None:
        raise UsageError(f"The format {format_name} knows its own columns and takes no mapping; leave --map out.")
    fixed: dict[str, Importer] = {
        "cloudevents": CloudEventsImporter(),
        "cfpb": CfpbImporter(),
        "nyc311": Nyc311Importer(),
    }
    return fixed[format_name]
