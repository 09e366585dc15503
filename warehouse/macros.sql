-- Intervals as DuckDB macros, equal to pipeline.statistics at 95 % (a test compares them on random input).
-- 1.959963984540054 is the standard normal quantile of 0.975. Nothing observed gives null, never 0.

create or replace macro wilson_lo(k, n) as
    case
        when n is null or k is null or n <= 0 then null
        when k <= 0 then 0.0::double
        else greatest(0.0::double, (
            k::double / n + pow(1.959963984540054, 2) / (2 * n::double)
            - 1.959963984540054 * sqrt(
                (k::double / n) * (1 - k::double / n) / n + pow(1.959963984540054, 2) / (4 * n::double * n)
            )
        ) / (1 + pow(1.959963984540054, 2) / n))
    end;

create or replace macro wilson_hi(k, n) as
    case
        when n is null or k is null or n <= 0 then null
        when k >= n then 1.0::double
        else least(1.0::double, (
            k::double / n + pow(1.959963984540054, 2) / (2 * n::double)
            + 1.959963984540054 * sqrt(
                (k::double / n) * (1 - k::double / n) / n + pow(1.959963984540054, 2) / (4 * n::double * n)
            )
        ) / (1 + pow(1.959963984540054, 2) / n))
    end;

-- Net scores in points, -100..100, of `p` favourable and `d` unfavourable among `n` answers.
create or replace macro net_score(p, d, n) as
    case when n > 0 then 100 * (p::double - d) / n end;

create or replace macro net_standard_error(p, d, n) as
    case when n > 0 then 100 * sqrt(
        greatest(0.0::double, (p::double + d) / n - pow((p::double - d) / n, 2)) / n
    ) end;

-- Adjusted Wald of Rocks (2016): three answers are added, 3/4 + 3/2 + 3/4.
create or replace macro net_reach(p, d, n) as
    1.959963984540054 * sqrt(greatest(
        0.0::double, (p::double + d + 1.5) / (n + 3) - pow((p::double - d) / (n + 3), 2)
    ) / (n + 3));

create or replace macro net_lo(p, d, n) as
    case when n > 0 then 100 * greatest(
        -1.0::double, least((p::double - d) / n, (p::double - d) / (n + 3) - net_reach(p, d, n))
    ) end;

create or replace macro net_hi(p, d, n) as
    case when n > 0 then 100 * least(
        1.0::double, greatest((p::double - d) / n, (p::double - d) / (n + 3) + net_reach(p, d, n))
    ) end;

-- Standard error of a mean from its sums; null for fewer than two answers, because one says nothing of the spread.
create or replace macro mean_standard_error(total, squares, n) as
    case when n > 1 then sqrt(greatest(
        0.0::double, (squares::double - pow(total::double, 2) / n) / (n - 1)
    ) / n) end;

-- What the three kinds of metric make of their sums. `kind` is share, net, mean or count.
create or replace macro metric_value(kind, k, d, total, n) as
    case kind
        when 'share' then case when n > 0 then k::double / n end
        when 'net' then net_score(k, d, n)
        when 'mean' then case when n > 0 then total::double / n end
        when 'count' then n::double
        when 'stock' then n::double
        when 'rate' then rate_value(k, n, 1000)
    end;

create or replace macro metric_standard_error(kind, k, d, total, squares, n) as
    case kind
        when 'net' then net_standard_error(k, d, n)
        when 'mean' then mean_standard_error(total, squares, n)
    end;

create or replace macro metric_lo(kind, k, d, total, squares, n) as
    case kind
        when 'share' then wilson_lo(k, n)
        when 'rate' then rate_lo(k, n, 1000)
        when 'net' then net_lo(k, d, n)
        when 'mean' then total::double / n - 1.959963984540054 * mean_standard_error(total, squares, n)
    end;

create or replace macro metric_hi(kind, k, d, total, squares, n) as
    case kind
        when 'share' then wilson_hi(k, n)
        when 'rate' then rate_hi(k, n, 1000)
        when 'net' then net_hi(k, d, n)
        when 'mean' then total::double / n + 1.959963984540054 * mean_standard_error(total, squares, n)
    end;

-- The value of one custom attribute by its name, whatever characters the name has; null where it is not stated.
create or replace macro attribute_value(attributes, name) as
    json_extract_string(attributes, '/' || replace(replace(name, '~', '~0'), '/', '~1'));

-- Events by exposure: Byar's approximation of the exact Poisson interval, `per` units of exposure.
create or replace macro rate_value(events, exposure, per) as
    case when exposure > 0 then events::double * (per::double / exposure) end;

create or replace macro rate_lo(events, exposure, per) as
    case
        when events is null or exposure is null or exposure <= 0 then null
        when events <= 0 then 0.0::double
        else greatest(0.0::double, events::double * pow(
            1 - 1 / (9 * events::double) - 1.959963984540054 / (3 * sqrt(events::double)), 3
        )) * (per::double / exposure)
    end;

create or replace macro rate_hi(events, exposure, per) as
    case when exposure > 0 then (events::double + 1) * pow(
        1 - 1 / (9 * (events::double + 1)) + 1.959963984540054 / (3 * sqrt(events::double + 1)), 3
    ) * (per::double / exposure) end;

-- Difference of two independent net scores in points, its standard error and z; null where a side is empty.
create or replace macro net_difference(p1, d1, n1, p2, d2, n2) as
    net_score(p1, d1, n1) - net_score(p2, d2, n2);

create or replace macro net_difference_standard_error(p1, d1, n1, p2, d2, n2) as
    sqrt(pow(net_standard_error(p1, d1, n1), 2) + pow(net_standard_error(p2, d2, n2), 2));

create or replace macro net_difference_z(p1, d1, n1, p2, d2, n2) as
    case when net_difference_standard_error(p1, d1, n1, p2, d2, n2) > 0 then
        net_difference(p1, d1, n1, p2, d2, n2) / net_difference_standard_error(p1, d1, n1, p2, d2, n2)
    end;

-- Kish: how many equally weighted answers know as much, and by which factor weighting widens the variance. Aggregates
-- over a column of weights; a weighted share has the interval wilson_lo(share * n_eff, n_eff).
create or replace macro effective_n(weight) as pow(fsum(weight), 2) / fsum(weight * weight);

create or replace macro design_effect(weight) as count(weight) * fsum(weight * weight) / pow(fsum(weight), 2);

-- The same of weighted sums, at Kish's effective n: k, d, total and squares (of the scores) are sums of weighted answers, w
-- the sum of the weights and s that of their squares. Weights that are all alike give exactly the unweighted figure.
create or replace macro weighted_value(kind, k, d, total, w) as metric_value(kind, k, d, total, w);

create or replace macro weighted_n(w, s) as case when s > 0 then w * (w / s) end;

create or replace macro weighted_lo(kind, k, d, total, squares, w, s) as
    metric_lo(kind, k * (w / s), d * (w / s), total * (w / s), squares * (w / s), weighted_n(w, s));

create or replace macro weighted_hi(kind, k, d, total, squares, w, s) as
    metric_hi(kind, k * (w / s), d * (w / s), total * (w / s), squares * (w / s), weighted_n(w, s));

create or replace macro weighted_standard_error(kind, k, d, total, squares, w, s) as
    metric_standard_error(kind, k * (w / s), d * (w / s), total * (w / s), squares * (w / s), weighted_n(w, s));

-- All of these at once, as columns when it is unnested.
create or replace macro weighted_figures(kind, k, d, total, squares, w, s) as {
    'n_eff': weighted_n(w, s),
    'value': weighted_value(kind, k, d, total, w),
    'lo': weighted_lo(kind, k, d, total, squares, w, s),
    'hi': weighted_hi(kind, k, d, total, squares, w, s),
    'standard_error': weighted_standard_error(kind, k, d, total, squares, w, s)
};

-- What a method says of its weights: nothing where all of `n` answers weigh alike.
create or replace macro weighted_words(n, w, s) as
    case when weighted_n(w, s) < n * (1 - 1e-9) then ', kish n_eff' else '' end;

-- AAPOR: complete, partial, refusal, non-contact, other; household and other of unknown eligibility; ineligible.
create or replace macro response_rate_1(i, p, r, nc, o, uh, uo) as
    case when i + p + r + nc + o + uh + uo > 0 then i::double / (i + p + r + nc + o + uh + uo) end;

create or replace macro eligible_share(i, p, r, nc, o, ineligible) as
    case when i + p + r + nc + o + ineligible > 0 then
        (i + p + r + nc + o)::double / (i + p + r + nc + o + ineligible)
    end;

create or replace macro response_base_3(i, p, r, nc, o, uh, uo, ineligible) as
    i + p + r + nc + o + eligible_share(i, p, r, nc, o, ineligible) * (uh + uo);

create or replace macro response_rate_3(i, p, r, nc, o, uh, uo, ineligible) as
    case when response_base_3(i, p, r, nc, o, uh, uo, ineligible) > 0 then
        i::double / response_base_3(i, p, r, nc, o, uh, uo, ineligible)
    end;

-- Margin of error of a share, of a population of known size or, where that is null, of a large one. Only for
-- probability samples: nothing in SQL can know that of a table.
create or replace macro margin_of_error(share, n, population) as
    case when n > 0 then 1.959963984540054 * sqrt(
        share::double * (1 - share::double) / n
        * case when population is null then 1.0::double else (population::double - n) / greatest(population - 1, 1) end
    ) end;

-- Control limits around `centre` of a point of size `n`; `sigma_z` is 1 on a plain chart, Laney's on p' and u'.
create or replace macro chart_sigma(kind, centre, n) as
    case when n > 0 then sqrt(case when kind in ('p', 'laney_p') then centre * (1 - centre) else centre end / n) end;

create or replace macro chart_lcl(kind, centre, n, sigma_z) as
    greatest(0.0::double, centre - 3 * chart_sigma(kind, centre, n) * sigma_z) + 0 * chart_sigma(kind, centre, n);

create or replace macro chart_ucl(kind, centre, n, sigma_z) as
    case when kind in ('p', 'laney_p')
        then least(1.0::double, centre + 3 * chart_sigma(kind, centre, n) * sigma_z) + 0 * chart_sigma(kind, centre, n)
        else centre + 3 * chart_sigma(kind, centre, n) * sigma_z
    end;

-- Laney's sigma_z of a list of z in their order, by the mean moving range; null for fewer than two.
create or replace macro laney_sigma_z(zs) as
    list_avg(list_transform(range(2, len(zs) + 1), lambda i: abs(zs[i] - zs[i - 1]))) / 1.128;

-- Half-width of an EWMA's limits at point t (from 1), for points of one sigma.
create or replace macro ewma_reach(sigma, weight, width, t) as
    width * sigma * sqrt(weight / (2 - weight) * (1 - pow(1 - weight, 2 * t)));
