"""`vidhuk broker`: the home's own Kafka, kept running, stopped and looked at by hand."""

from __future__ import annotations

import dataclasses
import json

import click

from pipeline.cli.options import home_option, json_option
from pipeline.settings import load_settings


@click.group()
def broker() -> None:
    """Start, stop and look at the local Kafka of this home.

    \b
    Other commands start it by themselves and stop it again; use this to keep it up between them:
      vidhuk broker up
      vidhuk broker status --json
      vidhuk broker down
    """  # noqa: D301 - click's own mark for "do not wrap"


@broker.command()
@home_option
@click.option("--nodes", type=click.IntRange(1, 5), help="How many nodes a new one gets; 1 unless given.")
def up(home: str | None, nodes: int | None) -> None:
    """Start the local Kafka and leave it running until `vidhuk broker down`.

    \b
    Example:  vidhuk broker up --nodes 3
    """  # noqa: D301 - click's own mark for "do not wrap"
    from streams.brokers.local.cluster import keep_up, open_local

    settings = load_settings(home=home)
    with open_local(settings, nodes=nodes) as local:
        keep_up(settings, keep=True)
        if local.notice:
            click.echo(local.notice, err=True)
        click.echo(local.bootstrap)


@broker.command()
@home_option
def fetch(home: str | None) -> None:
    """Fetch what the local Kafka needs, so that it starts without a network later.

    \b
    Example:  vidhuk broker fetch
    """  # noqa: D301 - click's own mark for "do not wrap"
    from streams.brokers.local.jars import class_path, java_command

    settings = load_settings(home=home)
    java_command(settings.java)
    class_path(settings.cache_path, settings.kafka_libs)
    click.echo(f"Kafka's jars are in {settings.kafka_libs or settings.cache_path}.")


@broker.command()
@home_option
@click.option("--force", is_flag=True, help="Stop it even if another command still uses it.")
def down(home: str | None, force: bool) -> None:  # noqa: FBT001 - click passes a flag as a bool
    """Stop the local Kafka; its log stays.

    \b
    Example:  vidhuk broker down
    """  # noqa: D301 - click's own mark for "do not wrap"
    from streams.brokers.local.cluster import take_down

    status = take_down(load_settings(home=home), force=force)
    if status.running:
        click.echo(f"Still used by {status.users} command(s); it stops when the last one ends, or now with --force.")
    else:
        click.echo("Stopped.")


@broker.command()
@home_option
@json_option
def status(home: str | None, as_json: bool) -> None:  # noqa: FBT001 - click passes a flag as a bool
    """Say whether the local Kafka runs, where, and who uses it.

    \b
    Example:  vidhuk broker status --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from streams.brokers.local.cluster import local_status

    found = local_status(load_settings(home=home))
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found)))
    elif not found.running:
        click.echo("Not running." if found.bootstrap else "Not running; this home has none yet.")
    else:
        stays = "stays up until `vidhuk broker down`" if found.kept_up else "stops with its last user"
        click.echo(
            f"Running at {found.bootstrap}: {found.nodes} node(s), {found.users} user(s), "
            f"{found.log_bytes / 1e6:.1f} MB of log; it {stays}."
        )
