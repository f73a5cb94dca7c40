-- purpose: one sensor's days of one metric between two days, days without readings included
-- params: sensor_id (text), metric (text), first_day (date), last_day (date)
-- grain: day
-- example: sensor_id=beispiel-haltern-01, metric=temperature_c, first_day=2026-10-01, last_day=2026-11-22
-- units: mean, minimum, maximum, p95, total in the metric's unit
-- At most ten years: a longer range would only make empty rows.
with days as (
    select cast(unnest(generate_series(cast($first_day as date), last_shown, interval 1 day)) as date) as day
    from (select least(cast($last_day as date), cast($first_day as date) + 3660) as last_shown)
)

select
    days.day,
    sensor_days.mean,
    sensor_days.minimum,
    sensor_days.maximum,
    sensor_days.p95,
    sensor_days.total,
    coalesce(sensor_days.n, 0) as n,
    sensor_days.expected,
    coalesce(sensor_days.coverage_pct, 0) as coverage_pct,
    coalesce(sensor_days.status, 'not_reported') as status,
    sensor_days.sample
from days
left join sensor_days
    on sensor_days.day = days.day and sensor_days.sensor_id = $sensor_id and sensor_days.metric = $metric
order by days.day
