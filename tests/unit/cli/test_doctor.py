"""`vidhuk doctor`: settings with secrets masked, one sentence a check, exit 3 when something is not well."""

from __future__ import annotations

from pathlib import Path

from tests.command import vidhuk

SECRET = "open-sesame"  # noqa: S105 - not a secret of anybody


def test_doctor_shows_settings_and_checks_without_starting_anything(tmp_path: Path) -> None:
    answer = vidhuk("doctor", "--json", home=tmp_path, extra={"VIDHUK_KAFKA": "memory"}).json
    assert answer["settings"]["home"] == str(tmp_path)
    assert {check["name"] for check in answer["checks"]} >= {"packages", "home", "lake"}
    assert all(check["ok"] for check in answer["checks"])
    assert not (tmp_path / "kafka").exists()


def test_a_broker_that_does_not_answer_is_named_with_exit_three_and_no_secret(tmp_path: Path) -> None:
    login = f"security.protocol=SASL_PLAINTEXT;sasl.mechanism=PLAIN;sasl.username=u;sasl.password={SECRET}"
    extra = {"VIDHUK_KAFKA": "127.0.0.1:1", "VIDHUK_KAFKA_OPTIONS": login}
    answer = vidhuk("doctor", home=tmp_path, check=False, extra=extra)
    assert answer.code == 3
    assert "127.0.0.1:1" in answer.out
    assert SECRET not in answer.out + answer.err


def test_a_setting_that_makes_no_sense_is_named_with_exit_two(tmp_path: Path) -> None:
    answer = vidhuk("doctor", home=tmp_path, check=False, extra={"VIDHUK_PARTITIONS": "many"})
    assert answer.code == 2
    assert "partitions" in answer.err
    assert "Traceback" not in answer.err
