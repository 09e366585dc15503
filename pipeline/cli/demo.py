"""`vidhuk demo`: a company that does not exist, taken through everything that does."""

from __future__ import annotations

import click

from pipeline.cli.options import home_option, json_option


@click.command()
@click.option("--events", default=20_000, show_default=True, type=click.IntRange(1), help="How many to simulate.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same company and figures.")
@click.option("--docs/--no-docs", default=True, show_default=True, help="Write Great Expectations data docs too.")
@home_option
@json_option
def demo(events: int, seed: int, home: str | None, *, docs: bool, as_json: bool) -> None:
    """Simulate a company's feedback, run the whole pipeline on it, and print the scorecard.

    Begins with an empty home each time, so that the same seed gives the same figures, and refuses to touch a home
    that holds anything but an earlier demo.

    \b
    Examples:
      vidhuk demo
      vidhuk demo --events 200000 --seed 7 --home /tmp/company
    """  # noqa: D301 - click's own mark for "do not wrap"
    from functools import partial

    from pipeline.bootstrap.homes import demo_home
    from pipeline.bootstrap.lines import open_line
    from pipeline.bootstrap.views import scorecard_of
    from pipeline.cli.reporter import Reporter
    from pipeline.cli.scorecard_view import show, to_json
    from pipeline.services.demo_home import keep_truth
    from pipeline.services.running import Source, run_sources
    from pipeline.settings import load_settings
    from pipeline.simulator import Truth, simulate

    reporter = Reporter(quiet=as_json)
    truth = Truth()
    with (
        demo_home(load_settings(home=home)) as settings,
        open_line(settings, reporter, fall_back=True, demo=True) as line,
    ):
        outcome = run_sources([Source("simulation", partial(simulate, events, seed, truth=truth))], line)
        line.publish_warehouse()
        if docs:
            line.write_data_docs()
    keep_truth(settings.home_path, truth.to_json())
    card = scorecard_of(settings, outcome.counts)
    if as_json:
        click.echo(to_json(card))
    else:
        show(card)
