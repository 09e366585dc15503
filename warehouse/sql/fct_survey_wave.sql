-- Grain: one row per survey × wave × instrument.
-- Keys: survey_id, wave, instrument (wave may be null: the survey goes on without waves).
-- Meaning: how a wave was drawn and what became of those who were asked. Dispositions are those of the wave's report; where
--   there is none (is_reported false), everybody who was invited and did not answer counts as of unknown eligibility, so
--   response_rate_1 is answers by invitations and no more is known. stated_rate names the rate to quote. A margin of error
--   (of a share of one half, the widest, at n_eff and corrected for the frame) stands only where the wave is projectable:
--   everybody was asked or chance chose. projectable says why where it is not.
-- Upstream: stg_survey_invitation, fct_survey_response, stg_survey_wave, lake_snapshot
with invited as (
    select survey_id, wave, instrument, count(*) as invited, min(invited_at) as first_invited_at
    from stg_survey_invitation
    group by all
), answered as (
    select
        survey_id, wave, instrument, count(*) as answered, max(responded_at) as last_answer_at,
        count(distinct series) as series,
        effective_n(coalesce(weight, 1)) as n_eff,
        design_effect(coalesce(weight, 1)) as design_effect
    from fct_survey_response
    group by all
), named as (
    select survey_id, wave, instrument from invited
    union
    select survey_id, wave, instrument from answered
    union
    select survey_id, wave, instrument from stg_survey_wave
), wave as (
    select
        named.*,
        coalesce(invited, 0)::bigint as invited,
        coalesce(answered, 0)::bigint as answered,
        coalesce(series, 0)::bigint as series,
        first_invited_at, last_answer_at, n_eff, design_effect,
        report.sampling is not null as is_reported,
        report.* exclude (survey_id, wave, instrument, complete, partial, refusal, non_contact, other,
            unknown_household, unknown_other, ineligible),
        coalesce(report.complete, answered, 0)::bigint as complete,
        coalesce(report.partial, 0)::bigint as partial,
        coalesce(report.refusal, 0)::bigint as refusal,
        coalesce(report.non_contact, 0)::bigint as non_contact,
        coalesce(report.other, 0)::bigint as other,
        coalesce(report.unknown_household, 0)::bigint as unknown_household,
        coalesce(
            report.unknown_other,
            case when report.sampling is null then greatest(0, coalesce(invited, 0) - coalesce(answered, 0)) else 0 end
        )::bigint as unknown_other,
        coalesce(report.ineligible, 0)::bigint as ineligible
    from named
    left join invited on invited.survey_id = named.survey_id and invited.instrument = named.instrument
        and invited.wave is not distinct from named.wave
    left join answered on answered.survey_id = named.survey_id and answered.instrument = named.instrument
        and answered.wave is not distinct from named.wave
    left join stg_survey_wave report on report.survey_id = named.survey_id and report.instrument = named.instrument
        and report.wave is not distinct from named.wave
), rated as (
    select
        *,
        complete + partial + refusal + non_contact + other + unknown_household + unknown_other as base_1,
        response_base_3(
            complete, partial, refusal, non_contact, other, unknown_household, unknown_other, ineligible
        ) as base_3,
        coalesce(sampling in ('census', 'probability'), false) as is_projectable
    from wave
)
select
    survey_id,
    wave,
    instrument,
    sampling,
    population,
    frame_size,
    mode,
    first_invited_at,
    last_answer_at,
    invited,
    answered,
    series,
    is_reported,
    complete,
    partial,
    refusal,
    non_contact,
    other,
    unknown_household,
    unknown_other,
    ineligible,
    eligible_share(complete, partial, refusal, non_contact, other, ineligible) as eligible_share,
    case when base_1 > 0 then complete::double / base_1 end as response_rate_1,
    wilson_lo(complete, base_1) as response_rate_1_lo,
    wilson_hi(complete, base_1) as response_rate_1_hi,
    case when base_3 > 0 then complete::double / base_3 end as response_rate_3,
    wilson_lo(complete, base_3) as response_rate_3_lo,
    wilson_hi(complete, base_3) as response_rate_3_hi,
    case when is_reported then 'RR3' else 'RR1' end as stated_rate,
    n_eff,
    design_effect,
    weighting,
    targets_source,
    targets_as_of,
    is_projectable,
    case
        when is_projectable then 'yes'
        when sampling is null then 'no: how people were chosen was not reported'
        else 'no: people chose themselves'
    end as projectable,
    case when is_projectable and (frame_size is null or frame_size >= n_eff) then
        margin_of_error(0.5, n_eff, frame_size)
    end as margin_of_error,
    1 as definition_version,
    lake_snapshot.as_known_at
from rated, lake_snapshot
