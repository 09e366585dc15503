"""`vidhuk worker` and `vidhuk up`: the parts that run until they are told to stop."""

from __future__ import annotations

import signal
import sys

import click

from pipeline.cli.options import home_option
from pipeline.domain.errors import UsageError


@click.command()
@click.option("--role", default="intake,ledger", show_default=True, metavar="ROLE,…", help="intake, ledger, or both.")
@click.option("--attached", is_flag=True, hidden=True, help="Started by another command: topics exist, end with it.")
@home_option
def worker(role: str, home: str | None, *, attached: bool) -> None:
    """Run agents until stopped: intake validates and classifies, ledger lands.

    Start as many as there are partitions to share; each may be stopped or killed at any time, and nothing is lost or
    counted twice. Stop with Ctrl-C or SIGTERM.

    \b
    Examples:
      vidhuk worker
      VIDHUK_KAFKA=kafka.example:9092 vidhuk worker --role ledger --home /srv/vidhuk
    """  # noqa: D301 - click's own mark for "do not wrap"
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until the agents run, there is nothing to finish

    from pipeline.bootstrap.workers import run_role, run_roles
    from pipeline.settings import load_settings

    roles = _roles(role)
    settings = load_settings(home=home)
    if len(roles) == 1:
        sys.exit(run_role(settings, roles[0], attached=attached))
    sys.exit(run_roles(settings, roles))


@click.command()
@click.option(
    "--publish-every", default=60.0, show_default=True, metavar="SECONDS", help="How often marts are rebuilt."
)
@click.option("--docs/--no-docs", default=True, show_default=True, help="Write Great Expectations data docs too.")
@home_option
def up(publish_every: float, home: str | None, *, docs: bool) -> None:
    """Keep broker and workers running, and publish the warehouse whenever something new has landed.

    \b
    Example:
      vidhuk up --publish-every 30
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.bootstrap.lines import keep_up
    from pipeline.cli.reporter import Reporter
    from pipeline.settings import load_settings

    sys.exit(keep_up(load_settings(home=home), Reporter(), publish_every, docs=docs))


def _roles(text: str) -> list[str]:
    from streams.worker_processes import ROLES

    roles = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    unknown = [role for role in roles if role not in ROLES]
    if unknown or not roles:
        raise UsageError(f"--role takes {' and '.join(ROLES)}, not {', '.join(unknown) or 'nothing'}.")
    return roles
