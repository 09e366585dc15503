"""What can be said of the container files without running anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.cli import COMMANDS
from pipeline.settings import PREFIX, load_settings

ROOT = Path(__file__).parents[2]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))[
    "services"
]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_there_is_a_kafka_and_a_worker_of_each_role() -> None:
    assert SERVICES["kafka"]["image"] == "apache/kafka:4.3.0"
    assert {"intake", "ledger", "warehouse"} == set(OURS)


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_service_says_when_it_is_healthy_and_holds_no_privileges(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("name", OURS)
def test_ours_run_as_nobody_special_on_a_read_only_image_after_kafka(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["depends_on"]["kafka"]["condition"] == "service_healthy"


@pytest.mark.parametrize("name", OURS)
def test_every_command_and_setting_exists(name: str) -> None:
    service = SERVICES[name]
    assert service["command"][0] in COMMANDS
    assert service["healthcheck"]["test"][1] == "vidhuk"
    assert service["healthcheck"]["test"][2] in COMMANDS
    settings = load_settings(service["environment"], file=Path("/nowhere"))
    for variable, value in service["environment"].items():
        assert str(getattr(settings, variable.removeprefix(PREFIX).lower())) == value


def test_the_image_runs_as_the_user_that_compose_names_and_installs_only_what_is_locked() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "USER 10001:10001" in text
    assert "--require-hashes -r requirements.lock" in text
    assert 'ENTRYPOINT ["vidhuk"]' in text
    copied = {line.split()[1] for line in text.splitlines() if line.startswith("COPY ") and "--from" not in line}
    assert {"pipeline", "streams", "warehouse", "expectations"} <= copied
    assert all((ROOT / name).exists() for name in copied)
