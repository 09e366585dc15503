-- Grain: one row per category of the taxonomy in force, and one per category found in events that it does not know.
-- Keys: id.
-- Meaning: what the categories of other marts mean, copied from the taxonomy at build time. taxonomy is its name-version and
--   position its order, null where in_taxonomy is false: a channel stated such a category, or it was classified under
--   another taxonomy; it is kept as it is. feedback_count counts fct_feedback, answer_count fct_survey_response. characteristic is
--   product, delivery or organizational, where the taxonomy says so.
-- Upstream: category_definition, fct_feedback, fct_survey_response
with said as (
    select category, true as is_feedback from fct_feedback where category is not null
    union all
    select category, false from fct_survey_response where category is not null
), counted as (
    select
        category,
        count(*) filter (is_feedback) as feedback_count,
        count(*) filter (not is_feedback) as answer_count
    from said
    group by category
)
select
    coalesce(defined.id, counted.category) as id,
    defined.label_en,
    defined.label_uk,
    defined.description,
    defined.characteristic,
    defined.id is not null as in_taxonomy,
    defined.taxonomy,
    defined.position,
    coalesce(counted.feedback_count, 0) as feedback_count,
    coalesce(counted.answer_count, 0) as answer_count
from category_definition as defined
full join counted on defined.id = counted.category
