-- purpose: each of the ten towns at a glance: its sensors, how many report, and the last complete day of one metric
-- params: metric (text), now (timestamp)
-- grain: ags
-- example: metric=temperature_c, now=2026-11-22T23:00:00
-- units: value, minimum, maximum, total in the metric's unit
with seen as (
    select sensor_id, max(time) as last_seen
    from sensor_latest
    group by sensor_id
),

counted as (
    select
        sensor_places.ags,
        count(*) as sensors,
        count(*) filter (
            where date_diff('minute', seen.last_seen, cast($now as timestamp))
                <= greatest(60, 3 * sensor_places.interval_min)
        ) as sensors_current,
        max(seen.last_seen) as last_seen,
        bool_or(sensor_places.sample) as sample
    from sensor_places
    left join seen on seen.sensor_id = sensor_places.sensor_id
    group by sensor_places.ags
),

last_days as (
    select *
    from town_days
    where metric = $metric and day < cast(cast($now as timestamp) + interval 1 hour as date)
    qualify row_number() over (partition by ags order by (status = 'too_few'), day desc) = 1
)

select
    towns.ags,
    towns.name,
    coalesce(counted.sensors, 0) as sensors,
    coalesce(counted.sensors_current, 0) as sensors_current,
    counted.last_seen,
    last_days.day as as_of,
    last_days.mean as value,
    last_days.minimum,
    last_days.maximum,
    last_days.total,
    last_days.coverage_pct,
    coalesce(last_days.status, 'not_reported') as status,
    coalesce(counted.sample, false) as sample
from towns
left join counted on counted.ags = towns.ags
left join last_days on last_days.ags = towns.ags
order by towns.name
