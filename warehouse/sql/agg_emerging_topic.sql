-- Grain: one row per grain × period × language × phrase.
-- Keys: grain, period_start, language, phrase.
-- Meaning: phrases that more texts of the period hold (numerator, of denominator texts of the language) than their own
--   u' limit ucl, which the 28 days or 8 weeks before give; centre is the rate then. score is -log10 of the p-value of
--   the exact test, q_value what that is among all phrases looked at; is_signal asks for 0.01 of it. A signal has the
--   topic it belongs to, named by the phrase that says most. Periods are whole UTC days and weeks from Monday.
-- Upstream: emerging_phrase, lake_snapshot
select
    grain,
    period_start,
    period_end,
    language,
    phrase,
    topic,
    numerator,
    denominator,
    denominator as n,
    numerator / denominator as value,
    wilson_lo(numerator, denominator) as lo,
    wilson_hi(numerator, denominator) as hi,
    centre,
    ucl,
    -log10(greatest(p_value, 1e-300)) as score,
    q_value,
    is_signal,
    'conditional Poisson test, false discovery rate 0.01' as method,
    1 as definition_version,
    as_known_at
from emerging_phrase, lake_snapshot
