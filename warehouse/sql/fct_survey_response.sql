-- Grain: one row per survey answer.
-- Keys: source, event_id.
-- Meaning: the direct measure of satisfaction. scale names the instrument's own scale ('1-5'); figures are never made
--   across scales. is_top_two holds for any scale with three or more points. promoter_group exists for instrument nps
--   on 0-10 (promoter 9-10, passive 7-8, detractor 0-6); effort_group for instrument ces on 1-7 (easy 6-7, middle 4-5,
--   hard 1-3). Answers on other scales keep null there and enter no such figure. series changes with instrument, scale,
--   wording and mode, as pipeline.metrics.instruments makes it; figures of two series are not one figure.
-- Upstream: stg_survey_response
select
    source,
    event_id,
    responded_at,
    recorded_at,
    (responded_at at time zone 'UTC')::date as responded_date,
    survey_id,
    instrument,
    wave,
    mode,
    wording,
    weight,
    left(sha256(concat_ws(
        chr(31), instrument, scale_min, scale_max, coalesce(wording, ''), coalesce(mode, '')
    )), 16) as series,
    channel,
    product,
    case_id,
    language,
    category,
    sentiment,
    safety,
    model,
    score,
    scale_min,
    scale_max,
    scale_min || '-' || scale_max as scale,
    (score - scale_min) / (scale_max - scale_min) as score_normalised,
    case when scale_max - scale_min >= 2 then score >= scale_max - 1 end as is_top_two,
    case
        when instrument = 'nps' and scale_min = 0 and scale_max = 10
        then case when score >= 9 then 'promoter' when score >= 7 then 'passive' else 'detractor' end
    end as promoter_group,
    case
        when instrument = 'ces' and scale_min = 1 and scale_max = 7
        then case when score >= 6 then 'easy' when score > 3 then 'middle' else 'hard' end
    end as effort_group,
    text,
    attributes
from stg_survey_response
