"""Every command and example in the README and in docs runs as it stands.

A page runs from top to bottom in an empty folder of its own, as a newcomer would: `bash` and `python` blocks are
executed, `bash background` blocks keep running until the page ends, `sql` blocks go through `vidhuk sql`, and `toml`
and `json` blocks are parsed. Two words are played by stand-ins, because their real selves are tested elsewhere:
`make demo` runs the same command on fewer events, other make targets are looked up, and `docker compose` has its
services run as local processes by the compose test.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import ROOT, Block, blocks, documents

EXECUTED = {"bash", "python", "sql"}
KNOWN = EXECUTED | {"text", "toml", "json", "mermaid"}

MAKE = f"""#!/bin/sh
# make, for documents: the demo is a small one, any other target must exist
case "$1" in
demo) exec vidhuk demo --events 3000 ;;
*) exec {shutil.which("make")} --no-print-directory -n -C {ROOT} "$@" >/dev/null ;;
esac
"""
DOCKER = f"""#!/bin/sh
# docker, for documents: the file must be there; tests/integration runs what is in it
test -f {ROOT}/docker-compose.yml
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Path]:
    """An empty folder, with the project's commands and the examples at hand."""
    shims = tmp_path / "bin"
    shims.mkdir()
    for name, script in (("make", MAKE), ("docker", DOCKER)):
        (shims / name).write_text(script)
        (shims / name).chmod(0o755)
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "docs").symlink_to(ROOT / "docs")
    yield desk
    subprocess.run(["vidhuk", "broker", "down"], cwd=desk, env=environment(desk), capture_output=True, check=False)


def environment(desk: Path) -> dict[str, str]:
    own = str(Path(sys.executable).parent)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VIDHUK_")}
    return kept | {
        "PATH": os.pathsep.join([str(desk.parent / "bin"), own, os.environ["PATH"]]),
        "NO_COLOR": "1",
        "COLUMNS": "100",
    }


def command(block: Block) -> list[str]:
    if block.language == "python":
        return [sys.executable, "-c", block.body]
    if block.language == "sql":
        return ["vidhuk", "sql", block.body]
    return ["bash", "-euo", "pipefail", "-c", block.body]


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    unknown = [block.where for page in documents() for block in blocks(page) if block.language not in KNOWN]
    assert unknown == []


@pytest.mark.parametrize("page", documents(), ids=lambda page: str(page.relative_to(ROOT)))
def test_data_blocks_parse(page: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            tomllib.loads(block.body)
        if block.language == "json":
            json.loads(block.body)


@pytest.mark.kafka
@pytest.mark.parametrize(
    "page",
    [page for page in documents() if any(block.language in EXECUTED for block in blocks(page))],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_a_page_runs_from_top_to_bottom(page: Path, desk: Path) -> None:
    running: list[subprocess.Popen[bytes]] = []
    try:
        for block in blocks(page):
            if block.language not in EXECUTED:
                continue
            if "background" in block.marks:
                running.append(
                    subprocess.Popen(
                        command(block),
                        cwd=desk,
                        env=environment(desk),
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                )
                continue
            done = subprocess.run(
                command(block),
                cwd=desk,
                env=environment(desk),
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            assert done.returncode == 0, f"{block.where}\n{block.body}\n{done.stdout}\n{done.stderr}"
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            process.wait(60)
