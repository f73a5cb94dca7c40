-- purpose: one sensor's hours of one metric in the last weeks, hours without readings included
-- params: sensor_id (text), metric (text)
-- grain: hour
-- example: sensor_id=beispiel-haltern-01, metric=temperature_c
-- units: mean, minimum, maximum, total in the metric's unit; hour is UTC
with span as (
    select min(hour) as first_hour, max(hour) as last_hour
    from sensor_hours
    where sensor_id = $sensor_id and metric = $metric
),

hours as (
    select unnest(generate_series(first_hour, last_hour, interval 1 hour)) as hour
    from span
)

select
    hours.hour,
    sensor_hours.day,
    sensor_hours.local_hour,
    sensor_hours.mean,
    sensor_hours.minimum,
    sensor_hours.maximum,
    sensor_hours.total,
    coalesce(sensor_hours.n, 0) as n,
    coalesce(sensor_hours.coverage_pct, 0) as coverage_pct,
    coalesce(sensor_hours.status, 'not_reported') as status,
    sensor_hours.sample
from hours
left join sensor_hours
    on sensor_hours.hour = hours.hour and sensor_hours.sensor_id = $sensor_id and sensor_hours.metric = $metric
order by hours.hour
