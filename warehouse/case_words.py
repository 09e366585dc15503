"""The words of cases as relations that the models join: order and meaning are the fold's own, never a copy in SQL."""

from __future__ import annotations

import duckdb

from pipeline.domain.cases.lifecycle import ENDED, Priority, State, Step


def attach_case_words(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `case_step`, `case_state` and `case_priority` temporary relations, a row a word.

    `step_rank` decides between steps of one instant, `priority_rank` is higher where it is more urgent, and a state
    `is_open` while the organization owes work.
    """
    connection.execute("create or replace temp table case_step (step varchar, step_rank integer)").fetchall()
    connection.executemany("insert into case_step values (?, ?)", [[str(step), rank] for rank, step in enumerate(Step)])
    connection.execute(
        "create or replace temp table case_state (state varchar, state_rank integer, is_open boolean)"
    ).fetchall()
    connection.executemany(
        "insert into case_state values (?, ?, ?)",
        [[str(state), rank, state not in {State.ABSENT, *ENDED}] for rank, state in enumerate(State)],
    )
    connection.execute(
        "create or replace temp table case_priority (priority varchar, priority_rank integer)"
    ).fetchall()
    connection.executemany(
        "insert into case_priority values (?, ?)", [[str(each), rank] for rank, each in enumerate(Priority)]
    )
