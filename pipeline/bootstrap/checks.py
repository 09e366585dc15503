"""What `vidhuk doctor` looks at."""

from __future__ import annotations

import os

from pipeline.bootstrap.homes import open_lake
from pipeline.domain.errors import UsageError
from pipeline.services.health import Check
from pipeline.settings import Settings


def health_checks(settings: Settings) -> list[tuple[str, Check]]:
    """What `vidhuk doctor` looks at, without starting anything."""
    from pipeline.bootstrap.classifiers import classifier_of
    from pipeline.domain.lake_tables import TABLES
    from pipeline.domain.taxonomies.loading import load_taxonomy
    from pipeline.services.health import check_home, check_python
    from streams.brokers.local.jars import class_path, java_command
    from streams.brokers.open import LOCAL, MEMORY, open_broker

    def java() -> str:
        return f"the local broker's Java is {java_command(settings.java)}"

    def jars() -> str:
        where = settings.kafka_libs or settings.cache_path
        return f"{len(class_path(settings.cache_path, settings.kafka_libs).split(os.pathsep))} jars of Kafka in {where}"

    def broker() -> str:
        with open_broker(settings) as found:
            return f"Kafka answers at {found.bootstrap}"

    def lake() -> str:
        counts = {table: len(open_lake(settings).files(table)) for table in TABLES}
        return "the lake has " + ", ".join(f"{n} files of {table}" for table, n in counts.items())

    def taxonomy() -> str:
        found = load_taxonomy(settings.taxonomy)
        return f"{found.title} has {len(found.categories)} categories, {found.fallback} among them for the rest"

    def classifier() -> str:
        try:
            load_taxonomy(settings.taxonomy)
        except UsageError as error:
            raise UsageError("texts cannot be classified until the taxonomy is right") from error
        found = classifier_of(settings)
        return "texts are not classified" if found is None else f"texts are classified by {found.model}"

    checks: list[tuple[str, Check]] = [("packages", check_python), ("home", lambda: check_home(settings.home_path))]
    if settings.kafka == LOCAL:
        checks += [("java", java), ("jars", jars)]
    elif settings.kafka != MEMORY:
        checks.append(("broker", broker))
    return [*checks, ("lake", lake), ("taxonomy", taxonomy), ("classifier", classifier)]
