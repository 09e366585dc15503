"""`vidhuk reclassify` and `vidhuk enrich-diff`: another model's answers, and what they would change."""

from __future__ import annotations

import click

from pipeline.cli.options import home_option, json_option


@click.command()
@click.option(
    "--model",
    "model_name",
    metavar="FILE",
    required=True,
    help="A model that `vidhuk train` wrote, or `default` for the one that Vidhuk ships.",
)
@home_option
@json_option
def reclassify(model_name: str, home: str | None, *, as_json: bool) -> None:
    """Ask a model about every stored text and keep its answers beside those that are there.

    Nothing is overwritten, and no text is answered twice by one model: run again, it answers what came since. The marts
    take the answers once the setting `enrichment` names the model's id. Categories are those of the setting `taxonomy`,
    and the id tells it: under another taxonomy the same model answers anew.

    \b
    Examples:
      vidhuk reclassify --model category.model
      vidhuk reclassify --model default --json
      VIDHUK_TAXONOMY=bank.toml vidhuk reclassify --model default
    """  # noqa: D301 - click's own mark for "do not wrap"
    from datetime import UTC, datetime

    from pipeline.bootstrap.classifiers import model_of
    from pipeline.cli.reporter import Reporter
    from pipeline.services.reclassifying import reclassify as reclassified
    from pipeline.settings import load_settings

    settings = load_settings(home=home)
    asked = model_of(settings, model_name)
    reporter = Reporter(quiet=as_json)
    with reporter.step("Reclassifying") as step:
        found = reclassified(settings, asked.classifier, asked.heads, datetime.now(UTC), step.answered)
    if as_json:
        import msgspec

        click.echo(msgspec.json.encode(found).decode())
        return
    click.echo(f"{found.model} has answered {found.answered:,} texts, and {found.answered_before:,} before.")
    click.echo(f"To see what it would change:  vidhuk enrich-diff intake {found.model}")
    click.echo(f"To let the marts take it, set: VIDHUK_ENRICHMENT={found.model}")


@click.command("enrich-diff")
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@home_option
@json_option
def enrich_diff(a: str, b: str, home: str | None, *, as_json: bool) -> None:
    """Show what each metric is when A classifies the stored events, and what it would be with B.

    A and B are ids of models that have reclassified, `intake` for what the intake said, or `off`. Nothing published
    changes.

    \b
    Examples:
      vidhuk enrich-diff intake category-2+1f0c9a3b
      vidhuk enrich-diff off intake --json
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.metrics.registry import METRICS
    from pipeline.settings import load_settings
    from warehouse.enrichment_differences import enrichment_differences
    from warehouse.lake import DeltaLake
    from warehouse.published import snapshot

    settings = load_settings(home=home)
    lake = DeltaLake(settings.lake_path)
    sides = [snapshot(lake, name) for name in (a, b)]
    found = enrichment_differences(sides[0], sides[1], list(METRICS.values()), settings.state_path / "asking")
    if as_json:
        import msgspec

        rows = [{**msgspec.to_builtins(each), "difference": each.difference} for each in found]
        click.echo(msgspec.json.encode(rows).decode())
        return
    from pipeline.cli.reporter import stdout_console
    from pipeline.cli.tables import print_rows

    columns = ("metric", "series", "n A", "A", "n B", "B", "B - A")
    rows_shown = (
        (
            each.metric,
            each.series,
            each.a and each.a.n,
            each.a and each.a.value,
            each.b and each.b.n,
            each.b and each.b.value,
            each.difference,
        )
        for each in found
    )
    print_rows(stdout_console(), columns, rows_shown)
