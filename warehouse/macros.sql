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
    end;

create or replace macro metric_standard_error(kind, k, d, total, squares, n) as
    case kind
        when 'net' then net_standard_error(k, d, n)
        when 'mean' then mean_standard_error(total, squares, n)
    end;

create or replace macro metric_lo(kind, k, d, total, squares, n) as
    case kind
        when 'share' then wilson_lo(k, n)
        when 'net' then net_lo(k, d, n)
        when 'mean' then total::double / n - 1.959963984540054 * mean_standard_error(total, squares, n)
    end;

create or replace macro metric_hi(kind, k, d, total, squares, n) as
    case kind
        when 'share' then wilson_hi(k, n)
        when 'net' then net_hi(k, d, n)
        when 'mean' then total::double / n + 1.959963984540054 * mean_standard_error(total, squares, n)
    end;

-- The value of one custom attribute by its name, whatever characters the name has; null where it is not stated.
create or replace macro attribute_value(attributes, name) as
    json_extract_string(attributes, '/' || replace(replace(name, '~', '~0'), '/', '~1'));
