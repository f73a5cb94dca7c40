-- purpose: a town's days of one metric between two days; a day without readings is a row without values (a gap)
-- params: ags (text), metric (text), first_day (date), last_day (date)
-- grain: day
-- example: ags=05562016, metric=temperature_c, first_day=2026-10-01, last_day=2026-11-22
-- units: mean, minimum, maximum, p95, total in the metric's unit
-- At most ten years: a longer range would only make empty rows.
with days as (
    select cast(unnest(generate_series(cast($first_day as date), last_shown, interval 1 day)) as date) as day
    from (select least(cast($last_day as date), cast($first_day as date) + 3660) as last_shown)
)

select
    days.day,
    town_days.mean,
    town_days.minimum,
    town_days.maximum,
    town_days.p95,
    town_days.total,
    coalesce(town_days.sensors, 0) as sensors,
    coalesce(town_days.n, 0) as n,
    town_days.expected,
    coalesce(town_days.coverage_pct, 0) as coverage_pct,
    coalesce(town_days.status, 'not_reported') as status,
    town_days.sample
from days
left join town_days on town_days.day = days.day and town_days.ags = $ags and town_days.metric = $metric
order by days.day
