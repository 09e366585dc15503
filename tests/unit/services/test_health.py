"""Doctor's checks say what is wrong and never show a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.domain.errors import VidhukError
from pipeline.services.health import MASK, check_home, check_python, effective, examine
from pipeline.settings import Settings


def test_a_failing_check_does_not_keep_the_others_from_running() -> None:
    def broken() -> str:
        raise VidhukError("the lake is dry")

    findings = examine([("lake", broken), ("sky", lambda: "it is blue")])
    assert [(f.name, f.ok, f.sentence) for f in findings] == [
        ("lake", False, "the lake is dry"),
        ("sky", True, "it is blue"),
    ]


@pytest.mark.parametrize("option", ["sasl.password", "ssl.key.password", "sasl.jaas.config", "oauth.token"])
def test_secrets_are_masked(option: str) -> None:
    shown = effective(Settings(kafka_options={option: "hunter2", "security.protocol": "SASL_SSL"}))
    assert shown[f"kafka_options.{option}"] == MASK
    assert shown["kafka_options.security.protocol"] == "SASL_SSL"
    assert "hunter2" not in str(shown)


def test_every_setting_is_shown() -> None:
    assert set(Settings.__struct_fields__) - {"kafka_options"} <= set(effective(Settings()))


def test_a_home_that_is_a_file_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.write_text("")
    with pytest.raises(VidhukError, match=str(home)):
        check_home(home)


def test_a_writable_home_is_made_and_said_so(tmp_path: Path) -> None:
    assert "is writable" in check_home(tmp_path / "new" / "home")


def test_the_packages_are_listed_with_their_versions() -> None:
    assert "duckdb 2." in check_python()
