"""The command `vidhuk`: this page knows every command's name and nothing of what it does until it is called."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Final

import click

from pipeline.domain.errors import CheckFailedError, DependencyError, UsageError, VidhukError

COMMANDS: Final = {
    "demo": ("pipeline.cli.demo:demo", "Simulate a company's feedback, run the whole pipeline, print the scorecard."),
    "run": ("pipeline.cli.run:run", "Take files through the whole pipeline and print what became of every row."),
    "up": ("pipeline.cli.long_running:up", "Keep broker, workers and publishing running until stopped."),
    "worker": ("pipeline.cli.long_running:worker", "Run the intake or ledger agent, or both."),
    "broker": ("pipeline.cli.broker:broker", "Start, stop and look at the local Kafka."),
    "publish": ("pipeline.cli.run:publish", "Send a file's events to the inbox and do no more."),
    "sql": ("pipeline.cli.ask:sql", "Query the published warehouse."),
    "metric": ("pipeline.cli.metric:metric", "Ask for one metric with its n and interval."),
    "compare": ("pipeline.cli.compare:compare", "Say whether two figures may be compared, and how they differ."),
    "explain-diff": ("pipeline.cli.explain:explain_diff", "Say why a figure is not what was published any more."),
    "metrics": ("pipeline.cli.metric:metrics", "List what can be measured, and what each figure means."),
    "live": ("pipeline.cli.live:live", "Show the newest live windows, as the ledger counts them."),
    "alerts": ("pipeline.cli.alerts:alerts", "Show the alerts about clocks that ran out, newest last."),
    "dead-letters": ("pipeline.cli.dead_letters:dead_letters", "Look at what could not be accepted, and why."),
    "case": ("pipeline.cli.case:case", "Show the life of one case: its steps and its clocks."),
    "reconcile": ("pipeline.cli.reconcile:reconcile", "Check that the account of cases adds up on every day."),
    "digest": ("pipeline.cli.prove:digest", "Print a digest of the lake's content, the same for the same facts."),
    "rebuild": ("pipeline.cli.prove:rebuild", "Fold the whole history again into a new home."),
    "diff": ("pipeline.cli.prove:diff", "Compare two homes: rows that only one of them holds."),
    "train": ("pipeline.cli.train:train", "Learn a text model from labelled texts of your own."),
    "evaluate": ("pipeline.cli.train:evaluate", "Say how right, how sure and how fast a text model is."),
    "reclassify": (
        "pipeline.cli.enrichment:reclassify",
        "Ask a text model about every stored text, beside the others.",
    ),
    "enrich-diff": ("pipeline.cli.enrichment:enrich_diff", "Show what each metric would be under another model."),
    "review": ("pipeline.cli.review:review", "List what the classifier would not answer and a person should."),
    "taxonomy": ("pipeline.cli.taxonomy:taxonomy", "Show what feedback can be about, and check a file that says so."),
    "doctor": ("pipeline.cli.doctor:doctor", "Print the effective settings and check every dependency."),
}
"""Where each command lives, and the line that `vidhuk --help` says of it."""

EXIT_CHECK_FAILED, EXIT_USAGE, EXIT_DEPENDENCY = 1, 2, 3


class LazyGroup(click.Group):
    """Imports a command only when it is called or asked for help, so that `vidhuk --help` is instant."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command, in the order of a newcomer's day."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """One line a command, without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="vidhuk", prog_name="vidhuk")
def vidhuk() -> None:
    """Customer feedback from many channels, exactly once in a warehouse, measured honestly.

    \b
    Begin with:  vidhuk demo
    Your files:  vidhuk run complaints.csv --as cfpb
    Then ask:    vidhuk sql "select record_class, count(*) as n from fct_feedback group by all order by n desc"
    """  # noqa: D301 - click's own mark for "do not wrap"


def exit_code(error: VidhukError) -> int:
    """What the shell is told: 1 a check failed or work stopped, 2 usage, 3 a dependency is unreachable."""
    if isinstance(error, UsageError):
        return EXIT_USAGE
    if isinstance(error, DependencyError):
        return EXIT_DEPENDENCY
    return EXIT_CHECK_FAILED


def main(arguments: list[str] | None = None) -> None:
    """Run one command; errors of ours become one sentence on standard error and an exit code."""
    try:
        vidhuk.main(args=arguments, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except VidhukError as error:
        click.echo(f"{_label(error)}: {error}", err=True)
        sys.exit(exit_code(error))
    except BrokenPipeError:  # `vidhuk sql … | head` closed its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _label(error: VidhukError) -> str:
    if isinstance(error, CheckFailedError):
        return "Check failed"
    return "Cannot reach" if isinstance(error, DependencyError) else "Error"
