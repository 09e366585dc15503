"""One suite per mart."""

from __future__ import annotations

from typing import Final

from expectations.rules import Suite
from expectations.suites.case_figures import (
    AGG_BACKLOG_AGE,
    AGG_CASE_DAILY,
    AGG_CASE_DURATION,
    AGG_CASE_FUNNEL,
    AGG_CASE_RATE,
    FCT_CASE_WAIT,
)
from expectations.suites.cases import FCT_CASE, FCT_CASE_EVENT, FCT_CASE_REFUSAL, FCT_CLOCK, FCT_CLOCK_CHANGE
from expectations.suites.charts import AGG_CHART_POINT
from expectations.suites.complaints import FCT_COMPLAINT_EVENT
from expectations.suites.definitions import DIM_ATTRIBUTE, DIM_CATEGORY, DIM_METRIC
from expectations.suites.feedback import (
    AGG_FEEDBACK_ATTRIBUTE_DAILY,
    AGG_FEEDBACK_DAILY,
    FCT_FEEDBACK,
    FCT_REVIEW_QUEUE,
)
from expectations.suites.intake import FCT_DEAD_LETTER
from expectations.suites.rates import AGG_COMPLAINT_RATE, AGG_FIRST_CONTACT, FCT_EXPOSURE
from expectations.suites.satisfaction import (
    AGG_SATISFACTION_ATTRIBUTE_DAILY,
    AGG_SATISFACTION_DAILY,
    FCT_SURVEY_RESPONSE,
)
from expectations.suites.sharing import PUB_METRIC_MONTHLY
from expectations.suites.surveys import (
    AGG_INDEX,
    AGG_INDEX_ITEM_DAILY,
    DIM_INDEX,
    DIM_INSTRUMENT,
    FCT_SURVEY_WAVE,
)
from expectations.suites.topics import AGG_EMERGING_TOPIC

SUITES: Final[tuple[Suite, ...]] = (
    FCT_FEEDBACK,
    FCT_REVIEW_QUEUE,
    AGG_FEEDBACK_DAILY,
    AGG_FEEDBACK_ATTRIBUTE_DAILY,
    FCT_SURVEY_RESPONSE,
    AGG_SATISFACTION_DAILY,
    AGG_SATISFACTION_ATTRIBUTE_DAILY,
    DIM_METRIC,
    PUB_METRIC_MONTHLY,
    AGG_CHART_POINT,
    AGG_EMERGING_TOPIC,
    DIM_INSTRUMENT,
    DIM_INDEX,
    AGG_INDEX_ITEM_DAILY,
    AGG_INDEX,
    FCT_SURVEY_WAVE,
    FCT_EXPOSURE,
    AGG_COMPLAINT_RATE,
    AGG_FIRST_CONTACT,
    DIM_ATTRIBUTE,
    DIM_CATEGORY,
    FCT_COMPLAINT_EVENT,
    FCT_DEAD_LETTER,
    FCT_CASE_EVENT,
    FCT_CASE_REFUSAL,
    FCT_CASE,
    FCT_CLOCK_CHANGE,
    FCT_CLOCK,
    AGG_CASE_DAILY,
    AGG_BACKLOG_AGE,
    AGG_CASE_FUNNEL,
    AGG_CASE_DURATION,
    AGG_CASE_RATE,
    FCT_CASE_WAIT,
)
