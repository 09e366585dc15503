"""`vidhuk review`: what the classifier would not answer and a person should."""

from __future__ import annotations

import json
from typing import Final

import click

from pipeline.cli.options import home_option, json_option

QUESTIONS: Final = ("record_class", "category", "sentiment", "severity", "safety")

_LIST: Final = """
    select q.question, q.confidence, q.source, q.event_id, q.received_at, q.channel, q.product, q.language,
        q.model{text}
    from fct_review_queue as q
    left join fct_feedback as f using (source, event_id)
    left join fct_survey_response as s using (source, event_id)
    where {asked}
    order by q.question, q.confidence, q.received_at, q.source, q.event_id
"""
_LEAST_CONFIDENT: Final = (
    " qualify row_number() over (partition by question order by confidence, received_at, source, event_id)"
)


@click.group()
def review() -> None:
    """Look at what the classifier would not answer and a person should."""


@review.command("list")
@click.option("--question", type=click.Choice(QUESTIONS), help="Only this question.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1_000_000), help="How many a question.")
@click.option("--texts", is_flag=True, help="Show what customers wrote too; without it no text leaves the warehouse.")
@home_option
@json_option
def list_command(question: str | None, limit: int, home: str | None, *, texts: bool, as_json: bool) -> None:
    """Show what awaits review by question, the least confident first.

    To label it: take the texts of one question, add a column with the right answers, learn from it, and ask the new
    model about what is stored.

    \b
    Examples:
      vidhuk review list
      vidhuk review list --question category --texts --limit 500 --json >review.json
      vidhuk train labelled.csv --text text --label category --out category.model
      vidhuk reclassify --model category.model
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.cli.ask import published_file
    from warehouse.connections import reading

    asked = "true" if question is None else "q.question = $question"
    query = _LIST.format(text=", coalesce(f.text, s.text) as text" if texts else "", asked=asked)
    ordered = f"with queue as ({query}) select * from queue {_LEAST_CONFIDENT} <= $limit"  # noqa: S608 - built from constants
    ordered += " order by question, confidence, received_at, source, event_id"
    values: dict[str, object] = {"limit": limit} if question is None else {"limit": limit, "question": question}
    counting = f"select question, count(*) from fct_review_queue as q where {asked} group by all order by all"  # noqa: S608 - the same
    with reading(published_file(home)) as connection:
        cursor = connection.execute(ordered, values)
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        counts = connection.execute(counting, {k: v for k, v in values.items() if k != "limit"}).fetchall()
    if as_json:
        click.echo(json.dumps(rows, default=lambda moment: moment.isoformat(), ensure_ascii=False))
        return
    _print(rows, dict(counts))


def _print(rows: list[dict[str, object]], counts: dict[str, int]) -> None:
    from pipeline.cli.reporter import stdout_console
    from pipeline.cli.tables import print_rows

    console = stdout_console()
    if not rows:
        console.print("Nothing awaits review.")
        return
    shown = [name for name in rows[0] if name not in {"source", "model", "received_at"}]
    print_rows(console, shown, (tuple(row[name] for name in shown) for row in rows))
    console.print("waiting: " + ", ".join(f"{name} {n:,}" for name, n in counts.items()), style="dim")
