"""Instruments, waves and indices."""

from __future__ import annotations

from typing import Final

from expectations.rules import Expectation, NoneFound, between, columns, not_above, not_null, one_of, suite, unique
from expectations.suites.shared import COUNTABLE, EARLIEST, LATEST

DIM_INSTRUMENT: Final = suite(
    "dim_instrument",
    ("instrument_name", "score"),
    columns(
        instrument_name="VARCHAR",
        instrument="VARCHAR",
        scale="VARCHAR",
        scale_min="BIGINT",
        scale_max="BIGINT",
        mode="VARCHAR",
        wording="JSON",
        series="VARCHAR",
        pretest="VARCHAR",
        score="VARCHAR",
        kind="VARCHAR",
        rule="VARCHAR",
        nature="VARCHAR",
    ),
    *not_null("instrument_name", "instrument", "scale", "mode", "wording", "series", "score", "kind", "rule"),
    unique("instrument_name", "score"),
    one_of("kind", ("share", "net", "mean")),
    one_of("nature", ("direct",)),
)

DIM_INDEX: Final = suite(
    "dim_index",
    ("index", "definition_version", "item"),
    columns(
        index="VARCHAR",
        label="VARCHAR",
        definition_version="INTEGER",
        begins="DATE",
        ends="DATE",
        item="VARCHAR",
        weight="DOUBLE",
        scale="VARCHAR",
    ),
    *not_null("index", "label", "definition_version", "begins", "ends", "item", "weight", "scale"),
    unique("index", "definition_version", "item"),
    between("weight", 0.0, 1.0),
    Expectation(
        "the weights of a version sum to 1",
        NoneFound(
            "select count(*) from (select 1 from dim_index group by index, definition_version "
            "having abs(sum(weight) - 1) > 1e-9)"
        ),
    ),
)

AGG_INDEX: Final = suite(
    "agg_index",
    ("index", "definition_version", "period_start"),
    columns(
        index="VARCHAR",
        label="VARCHAR",
        period_start="DATE",
        period_end="DATE",
        numerator="DOUBLE",
        denominator="BIGINT",
        n="BIGINT",
        value="DOUBLE",
        lo="DOUBLE",
        hi="DOUBLE",
        method="VARCHAR",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("index", "label", "period_start", "period_end", "n", "method", "definition_version", "as_known_at"),
    unique("index", "definition_version", "period_start"),
    between("period_start", EARLIEST, LATEST),
    between("value", 0.0, 100.0),
    not_above("lo", "value"),
    not_above("value", "hi"),
)

FCT_SURVEY_WAVE: Final = suite(
    "fct_survey_wave",
    ("survey_id", "wave", "instrument"),
    columns(
        survey_id="VARCHAR",
        wave="VARCHAR",
        instrument="VARCHAR",
        sampling="VARCHAR",
        population="VARCHAR",
        frame_size="BIGINT",
        mode="VARCHAR",
        first_invited_at="TIMESTAMP WITH TIME ZONE",
        last_answer_at="TIMESTAMP WITH TIME ZONE",
        invited="BIGINT",
        answered="BIGINT",
        series="BIGINT",
        is_reported="BOOLEAN",
        complete="BIGINT",
        partial="BIGINT",
        refusal="BIGINT",
        non_contact="BIGINT",
        other="BIGINT",
        unknown_household="BIGINT",
        unknown_other="BIGINT",
        ineligible="BIGINT",
        eligible_share="DOUBLE",
        response_rate_1="DOUBLE",
        response_rate_1_lo="DOUBLE",
        response_rate_1_hi="DOUBLE",
        response_rate_3="DOUBLE",
        response_rate_3_lo="DOUBLE",
        response_rate_3_hi="DOUBLE",
        stated_rate="VARCHAR",
        n_eff="DOUBLE",
        design_effect="DOUBLE",
        weighting="VARCHAR",
        targets_source="VARCHAR",
        targets_as_of="TIMESTAMP WITH TIME ZONE",
        is_projectable="BOOLEAN",
        projectable="VARCHAR",
        margin_of_error="DOUBLE",
        definition_version="INTEGER",
        as_known_at="TIMESTAMP WITH TIME ZONE",
    ),
    *not_null("survey_id", "instrument", "invited", "answered", "is_reported", "stated_rate", "is_projectable"),
    *not_null("projectable", "definition_version", "as_known_at"),
    unique("survey_id", "wave", "instrument"),
    one_of("sampling", ("census", "probability", "opt_in")),
    one_of("stated_rate", ("RR1", "RR3")),
    between("invited", 0, COUNTABLE),
    between("response_rate_1", 0.0, 1.0),
    not_above("response_rate_1_lo", "response_rate_1"),
    not_above("response_rate_1", "response_rate_1_hi"),
    not_above("response_rate_3_lo", "response_rate_3"),
    not_above("response_rate_3", "response_rate_3_hi"),
    Expectation(
        "who chose themselves have no margin of error",
        NoneFound("select count(*) from fct_survey_wave where margin_of_error is not null and not is_projectable"),
    ),
)
