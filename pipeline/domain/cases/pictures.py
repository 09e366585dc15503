"""The table of decisions as people read it: a diagram of the states and a table of every step, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from pipeline.domain.cases.decisions import DECISIONS, GUARD_QUESTIONS, Cell, Decision, Guard
from pipeline.domain.cases.lifecycle import ENDED, Outcome, State, Step

_WAITS: Final = State.AWAITING_COMPLAINANT
_TO_ENDS: Final = (Step.CLOSED, Step.WITHDRAWN, Step.RECLASSIFIED, Step.MERGED)
_OPEN: Final = tuple(state for state in State if state not in ENDED and state not in (State.ABSENT, _WAITS))


def diagram() -> str:
    """A Mermaid state diagram: every step that moves a case, but those that lead from any open state to the same."""
    lines = ["stateDiagram-v2", "    [*] --> received: received", "    state open {"]
    for state in _OPEN:
        moves = _moves(state, set(Step) - {*_TO_ENDS, Step.AWAITING_COMPLAINANT})
        lines += [f"        {state} --> {to}: {', '.join(steps)}" for to, steps in moves.items()]
    lines += [f"        {_WAITS}", "    }"]
    lines += [f"    open --> {_WAITS}: {Step.AWAITING_COMPLAINANT}", f"    {_WAITS} --> open: {Step.RESUMED}"]
    lines += [f"    open --> {state}: {state}" for state in State if state in ENDED]
    for end in State:
        if end in ENDED:
            lines += [f"    {end} --> {to}: {', '.join(steps)}" for to, steps in _moves(end, set(Step)).items()]
    return "\n".join(lines)


def table() -> str:
    """A Markdown table: one row per step, one column per state but the one of waiting."""
    states = [state for state in State if state is not _WAITS]
    lines = ["| step | " + " | ".join(f"`{state}`" for state in states) + " |", "|---" * (len(states) + 1) + "|"]
    for step in Step:
        cells = (_said(DECISIONS[state, step], state) for state in states)
        lines.append(f"| `{step}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def conditions() -> str:
    """A Markdown list of the conditions that the table refers to by letter."""
    return "\n".join(f"- **{_letter(guard)}**: {question}" for guard, question in GUARD_QUESTIONS.items())


def _moves(state: State, steps: Iterable[Step]) -> dict[State, list[str]]:
    """Where steps lead from a state, without those that leave it where it is."""
    moves: dict[State, list[str]] = {}
    for step in Step:
        to = DECISIONS[state, step].then.to
        if step in steps and to is not None and to is not state:
            moves.setdefault(to, []).append(step.value)
    return moves


def _said(cell: Cell, state: State) -> str:
    if cell.guard is Guard.ALWAYS or cell.otherwise is None:
        return _word(cell.then, state)
    return f"{_letter(cell.guard)}? {_word(cell.then, state)}; else {_word(cell.otherwise, state)}"


def _word(decision: Decision, state: State) -> str:
    if decision.outcome is Outcome.APPLIED:
        return "stays" if decision.to in (None, state) else f"→ {decision.to}"
    return f"{'repeat' if decision.outcome is Outcome.REPEAT else '**no**'}: {decision.reason}"


def _letter(guard: Guard) -> str:
    return "ABCDEFGH"[list(GUARD_QUESTIONS).index(guard)]
