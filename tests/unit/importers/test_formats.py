from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from pipeline.importers.formats import FORMATS, importer

_NO_MAPPING_NEEDED = [name for name in FORMATS if name != "csv"]


def test_an_unknown_format_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="cloudevents, csv, cfpb, nyc311"):
        importer("xlsx")


def test_csv_asks_for_its_mapping() -> None:
    with pytest.raises(UsageError, match="--map"):
        importer("csv")


@pytest.mark.parametrize("name", _NO_MAPPING_NEEDED)
def test_other_formats_take_no_mapping(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="takes no mapping"):
        importer(name, tmp_path / "map.toml")


@pytest.mark.parametrize("name", _NO_MAPPING_NEEDED)
def test_every_format_refuses_an_empty_and_an_absent_file_by_name(name: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.dat"
    empty.touch()
    for path in (empty, tmp_path / "absent.dat"):
        with pytest.raises(UsageError, match=path.name):
            list(importer(name)(str(path)))
