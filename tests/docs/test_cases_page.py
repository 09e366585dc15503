"""What `docs/cases.md` shows of the life of a case is what the code decides."""

from __future__ import annotations

import re

import pytest

from pipeline.domain.cases.pictures import conditions, diagram, table
from tests.docs.documents import ROOT

PAGE = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
GENERATED = dict(re.findall(r"<!-- generated: (\w+) -->\n(.*?)\n<!-- end -->", PAGE, re.DOTALL))


@pytest.mark.parametrize(
    ("name", "drawn"),
    [("diagram", f"```mermaid\n{diagram()}\n```"), ("conditions", conditions()), ("table", table())],
)
def test_the_page_shows_what_the_code_decides(name: str, drawn: str) -> None:
    assert GENERATED[name] == drawn


def test_every_generated_part_is_looked_at() -> None:
    assert set(GENERATED) == {"diagram", "conditions", "table"}
