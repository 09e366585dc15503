"""What the scorecard asks of the marts. Days are the marts' UTC days; every statement is read-only."""

from __future__ import annotations

from typing import Final

SPAN: Final = """
SELECT min(received_date) AS first_day, max(received_date) AS last_day, count(*) AS n,
    count(*) FILTER (WHERE safety) AS safety
FROM fct_feedback
"""

CLASSES: Final = """
SELECT coalesce(record_class, 'unclassified') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

LANGUAGES: Final = """
SELECT coalesce(language, 'unknown') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

CHANNELS: Final = """
SELECT coalesce(channel, 'unknown') AS name, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

CATEGORIES_BY_DAY: Final = """
SELECT coalesce(category, 'unclassified') AS name, received_date AS day, count(*) AS n FROM fct_feedback GROUP BY ALL
"""

CATEGORY_LABELS: Final = """
SELECT id AS name, label_en AS label FROM dim_category WHERE in_taxonomy
"""

COMPLAINTS_BY_DAY: Final = """
SELECT coalesce(category, 'unclassified') AS name, received_date AS day, count(*) AS n
FROM fct_feedback WHERE record_class = 'complaint' GROUP BY ALL
"""

SCORES: Final = """
SELECT instrument, scale_min, scale_max, score, responded_date AS day, count(*) AS n FROM fct_survey_response
WHERE score IS NOT NULL GROUP BY ALL
"""

CASES: Final = "SELECT count(DISTINCT case_id) AS n FROM fct_complaint_event"

CASE_STEPS: Final = """
SELECT step AS name, count(DISTINCT case_id) AS n FROM fct_complaint_event GROUP BY ALL
"""

DEAD_LETTERS: Final = "SELECT reason AS name, count(*) AS n FROM fct_dead_letter GROUP BY ALL"
