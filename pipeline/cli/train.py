"""`vidhuk train` and `vidhuk evaluate`: a model of one's own, and how good it is."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import json_option

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("data", type=_FILE)
@click.option("--text", metavar="COL", default="text", show_default=True, help="Column of the texts.")
@click.option("--label", metavar="COL", default="label", show_default=True, help="Column of the labels.")
@click.option("--out-of-scope", metavar="LABEL", help="The label of texts that belong to no class.")
@click.option("--out", "model_file", metavar="MODEL", type=_FILE, required=True, help="The model file to write.")
@click.option("--version", default="1", show_default=True, help="Part of the model's id, with its name and hash.")
@json_option
def train(
    data: Path, text: str, label: str, out_of_scope: str | None, model_file: Path, version: str, *, as_json: bool
) -> None:
    """Learn a model from the labelled texts of DATA and write it to MODEL.

    DATA is a CSV with a header, a Parquet file or JSON lines (.jsonl). Prints how good the model is by
    cross-validation, on texts it had not seen; the report is kept in the model. Below a threshold, chosen from DATA
    alone, the model says that it does not know. The same DATA gives the same file.

    \b
    Examples:
      vidhuk train banking.csv --text text --label category --out banking.model
      vidhuk train intents.jsonl --label intent --out-of-scope oos --out intents.model
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.classify.labelled_files import read_labelled
    from pipeline.classify.training import TrainingOptions
    from pipeline.classify.training import train as trained
    from pipeline.cli.evaluation_view import show_training, training_json
    from pipeline.cli.reporter import Reporter, stdout_console
    from pipeline.domain.errors import UsageError

    if not model_file.parent.is_dir():
        raise UsageError(f"there is no folder {model_file.parent} to write the model to")
    reporter = Reporter(quiet=as_json)
    examples = read_labelled(data, text, label)
    if examples.unlabelled:
        reporter.say(f"{examples.unlabelled:,} rows without a label in `{label}` are left out.")
    with reporter.step("Training"):
        model = trained(
            examples.texts,
            {label: examples.labels},
            TrainingOptions(name=model_file.stem, version=version),
            out_of_scope={label: out_of_scope} if out_of_scope else None,
            say=reporter.say,
        )
    model.save(model_file)
    if as_json:
        click.echo(training_json(model))
    else:
        show_training(model, model_file, stdout_console())


@click.command()
@click.argument("model", type=_FILE)
@click.argument("data", type=_FILE)
@click.option("--text", metavar="COL", default="text", show_default=True, help="Column of the texts.")
@click.option("--label", metavar="COL", default="label", show_default=True, help="Column of the right labels.")
@click.option("--out-of-scope", metavar="LABEL", help="The label of texts that belong to no class.")
@click.option("--head", metavar="NAME", help="Which of the model's questions, where it has several.")
@click.option("--page", metavar="FILE", type=_FILE, help="Also write a web page that needs nothing else.")
@json_option
def evaluate(
    model: Path,
    data: Path,
    text: str,
    label: str,
    out_of_scope: str | None,
    head: str | None,
    page: Path | None,
    *,
    as_json: bool,
) -> None:
    """Ask MODEL about the labelled texts of DATA and say how right, how sure and how fast it is.

    MODEL is a file that `vidhuk train` wrote, or `default`: the model that Vidhuk ships, whose questions are
    record_class, category, sentiment, severity and safety. DATA may be `held_out_en` or `held_out_uk`: the labelled
    texts that come with Vidhuk and that the shipped model was not trained on.

    With --out-of-scope (or a model trained with it), a text that is not answered counts as an error of accuracy and
    macro-F1; without, the likeliest class is taken. Both readings are printed.

    \b
    Examples:
      vidhuk evaluate banking.model test.csv --text text --label category
      vidhuk evaluate intents.model test.jsonl --label intent --out-of-scope oos --json
      vidhuk evaluate banking.model test.csv --label category --page banking.html
      vidhuk evaluate default held_out_uk --label sentiment
      vidhuk evaluate default mine.csv --text body --label kind --head record_class
    """  # noqa: D301 - click's own mark for "do not wrap"
    from pipeline.classify.corpus_files import held_out_file
    from pipeline.classify.evaluation import evaluated, head_for
    from pipeline.classify.labelled_files import read_labelled
    from pipeline.classify.model import TextModel
    from pipeline.classify.text_classifier import DEFAULT_MODEL, DEFAULT_NAME
    from pipeline.cli.evaluation_page import evaluation_page
    from pipeline.cli.evaluation_view import evaluation_json, show_evaluation
    from pipeline.cli.reporter import Reporter, stdout_console

    loaded = TextModel.load(DEFAULT_MODEL if str(model) == DEFAULT_NAME else model)
    asked = head_for(loaded, head, label)
    examples = read_labelled(held_out_file(str(data)) or data, text, label)
    reporter = Reporter(quiet=as_json)
    with reporter.step("Evaluating"):
        found = evaluated(loaded, asked, examples.texts, examples.labels, out_of_scope or asked.out_of_scope)
    if page is not None:
        page.write_text(evaluation_page(found, data.name), encoding="utf-8")
        reporter.say(f"The page is {page}.")
    if as_json:
        click.echo(evaluation_json(found))
    else:
        show_evaluation(found, data.name, stdout_console())
