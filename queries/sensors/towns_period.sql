-- purpose: the towns that have sensors over a span of days: mean of their days, lowest and highest reading, coverage
-- params: metric (text), first_day (date), last_day (date)
-- grain: ags
-- example: metric=temperature_c, first_day=2026-08-25, last_day=2026-11-22
-- units: value, minimum, maximum, total in the metric's unit; days_measured of days_expected could be judged
-- A span has a mean when three quarters of its days have one.
with spanned as (
    select
        ags,
        count(*) filter (where status in ('measured', 'estimated')) as days_measured,
        date_diff('day', cast($first_day as date), cast($last_day as date)) + 1 as days_expected,
        favg(mean) as mean,
        min(minimum) as minimum,
        max(maximum) as maximum,
        fsum(total) as total,
        sum(least(n, expected)) as n,
        sum(expected) as expected,
        bool_or(status = 'estimated') as estimated,
        bool_or(sample) as sample
    from town_days
    where metric = $metric and day between cast($first_day as date) and cast($last_day as date)
    group by ags
)

select
    spanned.ags,
    towns.name,
    case when days_measured >= 0.75 * days_expected then round(spanned.mean, 3) end as value,
    spanned.minimum,
    spanned.maximum,
    case when days_measured >= 0.75 * days_expected then round(spanned.total, 3) end as total,
    spanned.days_measured,
    spanned.days_expected,
    round(100.0 * spanned.n / spanned.expected, 1) as coverage_pct,
    case
        when days_measured < 0.75 * days_expected then 'too_few'
        when spanned.estimated then 'estimated'
        else 'measured'
    end as status,
    spanned.sample
from spanned
join towns on towns.ags = spanned.ags
order by towns.name
