-- purpose: the days of one metric in all towns that have sensors, for comparison on one scale
-- params: metric (text), first_day (date), last_day (date)
-- grain: ags, day
-- example: metric=temperature_c, first_day=2026-01-01, last_day=2026-11-22
-- units: value, minimum, maximum, total in the metric's unit
-- At most ten years: a longer range would only make empty rows.
with days as (
    select cast(unnest(generate_series(cast($first_day as date), last_shown, interval 1 day)) as date) as day
    from (select least(cast($last_day as date), cast($first_day as date) + 3660) as last_shown)
),

measuring as (
    select distinct ags from town_days where metric = $metric
)

select
    measuring.ags,
    towns.name,
    days.day,
    town_days.mean as value,
    town_days.minimum,
    town_days.maximum,
    town_days.total,
    coalesce(town_days.coverage_pct, 0) as coverage_pct,
    coalesce(town_days.status, 'not_reported') as status,
    town_days.sample
from measuring
cross join days
join towns on towns.ags = measuring.ags
left join town_days
    on town_days.ags = measuring.ags and town_days.day = days.day and town_days.metric = $metric
order by towns.name, days.day
