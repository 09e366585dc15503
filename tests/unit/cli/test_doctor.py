"""`vidhuk doctor`: settings with secrets masked, one sentence a check, exit 3 when something is not well."""

from __future__ import annotations

from pathlib import Path

from tests.command import vidhuk
from tests.taxonomies import TELECOM, telecom

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


def test_a_taxonomy_that_is_wrong_is_told_whole_and_a_good_one_by_its_name(tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text('name = "bad"\nversion = 0\n', encoding="utf-8")
    kafka = {"VIDHUK_KAFKA": "memory"}
    answer = vidhuk("doctor", "--json", home=tmp_path, check=False, extra=kafka | {"VIDHUK_TAXONOMY": str(bad)})
    assert answer.code == 3
    said = next(check["sentence"] for check in answer.json["checks"] if check["name"] == "taxonomy")
    assert "`version` must be" in said
    assert "`category` is missing" in said
    checks = vidhuk("doctor", "--json", home=tmp_path, extra=kafka | {"VIDHUK_TAXONOMY": str(TELECOM)}).json["checks"]
    told = {check["name"]: check["sentence"] for check in checks}
    assert told["taxonomy"] == "telecom-1 has 9 categories, other among them for the rest"
    assert told["classifier"].endswith(f"+{telecom().id}")
