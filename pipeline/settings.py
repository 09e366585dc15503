"""One typed settings object, from `VIDHUK_*` environment variables over `vidhuk.toml` over the defaults below."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from pipeline.domain.errors import UsageError

PREFIX = "VIDHUK_"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a deployment may set. Each field is the environment variable `VIDHUK_<FIELD>` too."""

    home: str = ".vidhuk"
    """Where lake, published files, keys, state and the local broker's log live."""
    kafka: str = "local"
    """`local`, `memory`, or `host:port,…` of your own Kafka."""
    kafka_options: dict[str, str] = {}
    """SASL and TLS options of your own Kafka by librdkafka's names, for example `security.protocol = "SASL_SSL"`."""
    kafka_libs: str | None = None
    """A Kafka distribution's `libs` folder, used instead of fetching the locked jars."""
    java: str | None = None
    """A Java to use instead of the one from the wheel."""
    cache: str | None = None
    """Where fetched jars are kept; `~/.cache/vidhuk` unless set."""
    topic_prefix: Annotated[str, Meta(pattern="^[a-z0-9._-]{1,100}$")] = "feedback"
    """Topics are `<prefix>.inbox`, `<prefix>.events` and so on."""
    partitions: Annotated[int, Meta(ge=1, le=1024)] = 4
    """Partitions of every topic when Vidhuk creates them."""
    replication: Annotated[int, Meta(ge=1, le=9)] = 1
    """Replication factor of every topic when Vidhuk creates them."""
    batch_records: Annotated[int, Meta(ge=1)] = 20_000
    """An agent's batch is complete at about so many records …"""
    batch_bytes: Annotated[int, Meta(ge=1)] = 16_000_000
    """… or bytes of keys and values …"""
    batch_seconds: Annotated[float, Meta(gt=0)] = 1.0
    """… or after so long."""
    session_timeout_seconds: Annotated[float, Meta(ge=1)] = 10.0
    """A silent worker's partitions move to another after this."""
    dedupe_days: Annotated[int, Meta(ge=1)] = 30
    """How long a repeated `source` + `id` is recognized by the ledger; staging recognizes it for ever."""
    classifier: str = "default"
    """What classifies texts: `default`, `lexicon`, `off`, or the path of a model that `vidhuk train` made."""
    taxonomy: str | None = None
    """A TOML file with the categories that feedback can have, and which of the model's become each; ours unless set."""
    policies: str | None = None
    """A TOML file, or a folder of them, with the policies that say which clocks a complaint has; ours unless set."""
    case_memory_days: Annotated[int, Meta(ge=1)] = 400
    """How long an ended case is remembered: a later receipt under its id begins another case."""
    enrichment: str = "intake"
    """Whose classification the marts take: the `intake`'s, that of a model by its id (after `reclassify`), or `off`."""
    window_seconds: Annotated[int, Meta(ge=1)] = 3_600
    """Length of the live tumbling windows, in event time."""
    live_windows: Annotated[int, Meta(ge=1)] = 200_000
    """How many window × channel × category cells one partition keeps in memory."""
    case_snapshot_seconds: Annotated[float, Meta(ge=0)] = 60.0
    """How often a ledger keeps its open cases, so that the next worker goes on from there."""
    compact_every: Annotated[int, Meta(ge=1)] = 50
    """Compact and checkpoint a lake table after so many of its commits."""
    small_cells: Annotated[int, Meta(ge=1, le=1000)] = 5
    """Shared tables suppress what counts fewer people than this."""
    topic_examples: Annotated[int, Meta(ge=0, le=20)] = 3
    """Redacted texts that an alert about an emerging topic carries at most; 0 is none."""
    rejected_share_limit: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """A worker stops when a larger share of its last ten thousand records was rejected."""
    consecutive_rejections_limit: Annotated[int, Meta(ge=1)] = 1_000_000
    """A worker stops after so many rejections in a row on one partition."""

    @property
    def home_path(self) -> Path:
        """The home as an absolute path."""
        return Path(self.home).expanduser().absolute()

    @property
    def lake_path(self) -> Path:
        """The folder of the Delta tables, one folder each."""
        return self.home_path / "lake"

    @property
    def published_path(self) -> Path:
        """The folder of published warehouse versions and their pointer."""
        return self.home_path / "published"

    @property
    def state_path(self) -> Path:
        """The folder of working state that can be rebuilt: Faust's data, build areas, pid files."""
        return self.home_path / "state"

    @property
    def broker_path(self) -> Path:
        """The folder of the local broker's log."""
        return self.home_path / "kafka"

    @property
    def cache_path(self) -> Path:
        """The folder of fetched jars."""
        return Path(self.cache).expanduser() if self.cache else Path("~/.cache/vidhuk").expanduser()

    def topic(self, name: str) -> str:
        """Full name of one of our topics, for example `feedback.inbox`."""
        return f"{self.topic_prefix}.{name}"


def load_settings(
    environment: Mapping[str, str] = os.environ, *, file: Path | None = None, home: str | None = None
) -> Settings:
    """Settings in force: `home` (from the command line), else environment, else `vidhuk.toml`, else defaults.

    Raises `UsageError` that names the setting and where it was set.
    """
    toml = file if file is not None else Path(environment.get(f"{PREFIX}CONFIG", "vidhuk.toml"))
    values: dict[str, object] = {}
    if toml.is_file():
        try:
            values.update(tomllib.loads(toml.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(f"{toml}: not a valid TOML file: {error}") from error
    _check(values, str(toml))
    for name in Settings.__struct_fields__:
        text = environment.get(PREFIX + name.upper())
        if text:
            values[name] = _options(text) if name == "kafka_options" else text
    if home is not None:
        values["home"] = home
    return _check(values, "the environment")


def as_environment(settings: Settings) -> dict[str, str]:
    """The same settings as `VIDHUK_*` variables, for a child process. May hold secrets: never print it."""
    values: dict[str, object] = msgspec.to_builtins(settings)
    options = ";".join(f"{key}={value}" for key, value in settings.kafka_options.items())
    values["kafka_options"] = options
    return {PREFIX + name.upper(): str(value) for name, value in values.items() if value not in (None, "")}


def _options(text: str) -> dict[str, str]:
    """`a=b;c=d` as a dict; values may hold `=`."""
    pairs = (pair.partition("=") for pair in text.split(";") if pair.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _check(values: Mapping[str, object], where: str) -> Settings:
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"Settings from {where}: {error}. `vidhuk doctor` lists every setting.") from error
