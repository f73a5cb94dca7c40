-- purpose: every sensor of a town (or of the county) with its last value of one metric and whether it still reports
-- params: ags (text), metric (text), now (timestamp)
-- grain: sensor_id
-- example: ags=05562, metric=temperature_c, now=2026-11-22T23:00:00
-- units: value in the metric's unit; age_min in minutes before now
-- A sensor is current for three of its intervals (at least an hour), late for a day, then silent.
with seen as (
    select sensor_id, max(time) as last_seen
    from sensor_latest
    group by sensor_id
)

select
    sensor_places.sensor_id,
    sensor_places.ags,
    sensor_places.name,
    sensor_places.place,
    sensor_places.kind,
    sensor_places.metrics,
    sensor_places.interval_min,
    sensor_places.latitude_deg,
    sensor_places.longitude_deg,
    sensor_places.position,
    sensor_places.operator,
    seen.last_seen,
    date_diff('minute', seen.last_seen, cast($now as timestamp)) as age_min,
    case
        when seen.last_seen is null then 'never'
        when date_diff('minute', seen.last_seen, cast($now as timestamp)) <= greatest(60, 3 * sensor_places.interval_min)
            then 'current'
        when date_diff('minute', seen.last_seen, cast($now as timestamp)) <= greatest(1440, 3 * sensor_places.interval_min)
            then 'late'
        else 'silent'
    end as state,
    sensor_latest.time,
    sensor_latest.value,
    case
        when sensor_latest.sensor_id is null then 'not_reported'
        when sensor_latest.value is null then 'confidential'
        else 'measured'
    end as status,
    sensor_places.sample
from sensor_places
left join seen on seen.sensor_id = sensor_places.sensor_id
left join sensor_latest on sensor_latest.sensor_id = sensor_places.sensor_id and sensor_latest.metric = $metric
where $ags = '05562' or sensor_places.ags = $ags
order by sensor_places.ags, sensor_places.sensor_id
