"""What the scorecard asks of the marts. Days are UTC dates of `time`; every statement is read-only."""

from __future__ import annotations

from typing import Final

_DAY: Final = "CAST(time AT TIME ZONE 'UTC' AS DATE)"

SPAN: Final = f"""
SELECT min({_DAY}) AS first_day, max({_DAY}) AS last_day, count(*) AS n, count(*) FILTER (WHERE safety) AS safety
FROM fct_feedback
"""  # noqa: S608 - built from a constant of this page

CLASSES: Final = """
SELECT coalesce(record_class, 'unclassified') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

LANGUAGES: Final = """
SELECT coalesce(language, 'unknown') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

CHANNELS: Final = """
SELECT coalesce(channel, 'unknown') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

CATEGORIES_BY_DAY: Final = f"""
SELECT coalesce(category, 'unclassified') AS name, {_DAY} AS day, count(*) AS n FROM fct_feedback GROUP BY ALL
"""  # noqa: S608 - as above

COMPLAINTS_BY_DAY: Final = f"""
SELECT coalesce(category, 'unclassified') AS name, {_DAY} AS day, count(*) AS n
FROM fct_feedback WHERE record_class = 'complaint' GROUP BY ALL
"""  # noqa: S608 - as above

SCORES: Final = f"""
SELECT instrument, scale_min, scale_max, score, {_DAY} AS day, count(*) AS n FROM fct_survey_response
WHERE score IS NOT NULL GROUP BY ALL
"""  # noqa: S608 - as above

CASES: Final = "SELECT count(DISTINCT case_id) AS n FROM fct_complaint_event"

CASE_STEPS: Final = """
SELECT regexp_extract(type, '^vidhuk[.]complaint[.](.*)[.]v[0-9]+$', 1) AS name, count(DISTINCT case_id) AS n
FROM fct_complaint_event GROUP BY ALL
"""

DEAD_LETTERS: Final = "SELECT reason AS name, count(*) AS n FROM fct_dead_letter GROUP BY ALL"
