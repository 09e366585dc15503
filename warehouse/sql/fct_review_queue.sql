-- Grain: one row per customer's text and question that the classifier would not answer.
-- Keys: source, event_id, question.
-- Meaning: what waits for a person. confidence, 0 to 1, is the chance that the likeliest answer would have been right;
--   it was below what the model asks of itself. What the channel stated is not in question. The text stays in its mart.
-- Upstream: stg_event
with asked as (
    select *, string_split(confidence, ' ') as percents
    from stg_event
    where confidence is not null
)
select
    source,
    event_id,
    question,
    occurred_at as received_at,
    event_type,
    channel,
    product,
    language,
    model,
    try_cast(percents[place] as double) / 100 as confidence
from asked
cross join (values
    (1, 'record_class'), (2, 'category'), (3, 'sentiment'), (4, 'severity'), (5, 'safety')
) as questions (place, question)
where percents[place] <> '-'
    and case question
        when 'record_class' then record_class is null
        when 'category' then category is null
        when 'sentiment' then sentiment is null
        when 'severity' then severity is null
        else safety is null
    end
