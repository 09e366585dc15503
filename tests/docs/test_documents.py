"""Every command and example in the README and in docs runs as it stands.

A page runs from top to bottom in an empty folder of its own, as a newcomer would in one terminal: `bash` and `python`
blocks are executed, `sql` blocks go through `vidhuk sql`, and `toml` and `json` blocks are parsed. What a block exports
stays for the next ones. Words after the language say more:

- `background`: it keeps running until the page ends;
- `shows=WORD`: its output holds the word, if not at once then within a minute;
- `fails=CODE`: it ends with this exit code;
- `needs=PROGRAM`: it is skipped by name where the program is missing, and fails there when `CI` is set.

Some words are played by stand-ins, because their real selves are tested elsewhere: `make demo` runs the same command on
fewer events, other make targets are looked up, `docker compose` has its services run as local processes by the compose
test, and `kafka.example:9092` is a local Kafka.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import load_settings
from streams.brokers.local.cluster import LocalBroker
from tests.docs.documents import ROOT, Block, blocks, documents
from tests.kafka import local_kafka

__all__ = ["local_kafka"]

EXECUTED = {"bash", "python", "sql"}
KNOWN = EXECUTED | {"", "text", "toml", "json", "mermaid"}  # a fence without a word is a drawing
MARKS = {"background", "shows", "fails", "needs", "settings"}
YOUR_KAFKA = "kafka.example:9092"
PATIENCE_SECONDS = 60.0

MAKE = f"""#!/bin/sh
# make, for documents: the demo is a small one, any other target must exist
case "$1" in
demo) exec vidhuk demo --events 2000 --no-docs ;;
*) exec {shutil.which("make")} --no-print-directory -n -C {ROOT} "$@" >/dev/null ;;
esac
"""
DOCKER = f"""#!/bin/sh
# docker, for documents: the file must be there; tests/integration runs what is in it
test -f {ROOT}/docker-compose.yml
"""
VIDHUK = f"""#!/bin/sh
# vidhuk, for documents: this checkout, whatever is installed
exec {sys.executable} -m pipeline "$@"
"""
SHIMS = {"make": MAKE, "docker": DOCKER, "vidhuk": VIDHUK, "python": f'#!/bin/sh\nexec {sys.executable} "$@"\n'}


class Terminal:
    """One terminal of a newcomer: a folder, and what was exported in it so far."""

    def __init__(self, folder: Path, kafka: LocalBroker | None) -> None:
        self._folder, self._kafka = folder, kafka
        self._exported = folder.parent / "exported.sh"
        self._exported.touch()
        self._running: list[subprocess.Popen[bytes]] = []

    def run(self, block: Block) -> None:
        command = self._command(block)
        if "background" in block.marks:
            with (self._folder.parent / "background.log").open("ab") as log:
                self._running.append(
                    subprocess.Popen(
                        command,
                        cwd=self._folder,
                        env=self._environment(),
                        stdin=subprocess.DEVNULL,
                        stdout=log,
                        stderr=log,
                        start_new_session=True,
                    )
                )
            return
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=240,
                check=False,
            )
            holds = done.returncode == int(block.value("fails") or 0) and (block.value("shows") or "") in done.stdout
            if holds or "shows" not in block.named or time.monotonic() > until:
                break
            time.sleep(1.0)
        assert holds, f"{block.where}\n{block.body}\n{done.stdout}\n{done.stderr}\n{self._background()}"

    def close(self) -> None:
        """Stop what runs in the background, and the homes' brokers with it."""
        for process in self._running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            process.wait(60)

    def _command(self, block: Block) -> list[str]:
        body = block.body
        if self._kafka is not None:
            body = body.replace(YOUR_KAFKA, self._kafka.bootstrap)
        if block.language == "python":
            return ["bash", "-c", f'. {self._exported}; exec python -c "$0"', body]
        if block.language == "sql":
            return ["bash", "-c", f'. {self._exported}; exec vidhuk sql "$0"', body]
        return ["bash", "-euo", "pipefail", "-c", f". {self._exported}\n{body}\nexport -p >{self._exported}"]

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VIDHUK_")}
        return kept | {
            "PATH": os.pathsep.join([str(self._folder.parent / "bin"), os.environ["PATH"]]),
            "PYTHONPATH": str(ROOT),
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }

    def _background(self) -> str:
        log = self._folder.parent / "background.log"
        return log.read_text(encoding="utf-8", errors="replace")[-4000:] if log.exists() else ""


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An empty folder, with the project's commands and the examples at hand."""
    shims = tmp_path / "bin"
    shims.mkdir()
    for name, script in SHIMS.items():
        (shims / name).write_text(script)
        (shims / name).chmod(0o755)
    desk = tmp_path / "desk"
    desk.mkdir()
    (desk / "docs").symlink_to(ROOT / "docs")
    return desk


@pytest.fixture
def terminal(desk: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    page: Path = request.getfixturevalue("page")
    kafka = request.getfixturevalue("local_kafka") if YOUR_KAFKA in page.read_text(encoding="utf-8") else None
    terminal = Terminal(desk, kafka)
    yield terminal
    terminal.close()


def executed(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language in EXECUTED]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    every = [block for page in documents() for block in blocks(page)]
    assert [block.where for block in every if block.language not in KNOWN] == []
    assert [block.where for block in every if not block.named <= MARKS] == []


@pytest.mark.parametrize("page", documents(), ids=name_of)
def test_data_blocks_parse(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            tomllib.loads(block.body)
        if block.language == "json":
            json.loads(block.body)
        if "settings" in block.marks:
            file = tmp_path / "vidhuk.toml"
            file.write_text(block.body, encoding="utf-8")
            load_settings({}, file=file)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in documents() if executed(page)], ids=name_of)
def test_a_page_runs_from_top_to_bottom(page: Path, terminal: Terminal) -> None:
    missing = []
    for block in executed(page):
        program = block.value("needs")
        if program is not None and shutil.which(program) is None:
            assert not os.environ.get("CI"), f"{block.where} needs {program}, which is not installed"
            missing.append(f"{block.where} needs {program}")
            continue
        terminal.run(block)
    if missing:
        warnings.warn(f"not run: {', '.join(missing)}", stacklevel=1)
