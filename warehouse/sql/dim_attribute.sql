-- Grain: one row per mart × custom attribute that its rows carry.
-- Keys: mart, attribute.
-- Meaning: which attributes figures can be split by, found in the data: those with at most 50 values, the 8 most
--   often stated of each mart. An attribute with more values is a detail of single records (an order number), not a
--   way to group them; it stays in the mart's `attributes`.
-- Upstream: fct_survey_response, fct_feedback
with stated as (
    select 'fct_survey_response' as mart, attributes, count(*) as records
    from fct_survey_response where attributes::varchar <> '{}' group by all
    union all
    select 'fct_feedback', attributes, count(*)
    from fct_feedback where attributes::varchar <> '{}' group by all
), named as (
    select mart, attributes, records, unnest(list_distinct(json_keys(attributes))) as attribute from stated
), counted as (
    select
        mart, attribute,
        sum(records)::bigint as records,
        count(distinct attribute_value(attributes, attribute)) as distinct_values
    from named
    group by all
)
select
    mart,
    attribute,
    records,
    distinct_values,
    distinct_values <= 50 and row_number() over (
        partition by mart order by distinct_values > 50, records desc, attribute
    ) <= 8 as is_dimension
from counted
