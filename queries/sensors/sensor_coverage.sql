-- purpose: how completely one sensor has sent one metric between two days, counted from its first day with readings
-- params: sensor_id (text), metric (text), first_day (date), last_day (date)
-- grain: sensor_id
-- example: sensor_id=beispiel-haltern-01, metric=temperature_c, first_day=2026-01-01, last_day=2026-11-22
-- units: coverage_pct in % of the expected readings; days, days_measured in days
with began as (
    select
        sensor_id,
        greatest(min(day), cast($first_day as date)) as first_day
    from sensor_days
    where sensor_id = $sensor_id and metric = $metric
    group by sensor_id
),

days as (
    select cast(unnest(generate_series(began.first_day, cast($last_day as date), interval 1 day)) as date) as day
    from began
)

select
    sensor_places.sensor_id,
    min(days.day) as first_day,
    max(days.day) as last_day,
    count(*) as days,
    count(*) filter (where sensor_days.status in ('measured', 'estimated')) as days_measured,
    coalesce(sum(sensor_days.n), 0)::bigint as n,
    -- a day without any reading has no row: it should have had 24 hours of them
    round(sum(coalesce(sensor_days.expected, 1440 / sensor_places.interval_min))) as expected,
    round(
        100.0 * coalesce(sum(least(sensor_days.n, sensor_days.expected)), 0)
        / sum(coalesce(sensor_days.expected, 1440 / sensor_places.interval_min)),
        1
    ) as coverage_pct,
    sensor_places.sample
from days
join sensor_places on sensor_places.sensor_id = $sensor_id
left join sensor_days
    on sensor_days.day = days.day and sensor_days.sensor_id = $sensor_id and sensor_days.metric = $metric
group by sensor_places.sensor_id, sensor_places.sample
