-- purpose: a town's hours of one metric in the last weeks: the mean of its sensors' hourly means; gaps are rows without values
-- params: ags (text), metric (text)
-- grain: hour
-- example: ags=05562016, metric=temperature_c
-- units: mean, minimum, maximum, total in the metric's unit; hour is UTC, day and local_hour are local time
with span as (
    select min(hour) as first_hour, max(hour) as last_hour
    from sensor_hours
    where ags = $ags and metric = $metric
),

hours as (
    select unnest(generate_series(first_hour, last_hour, interval 1 hour)) as hour
    from span
),

summed as (
    select
        hour,
        any_value(day) as day,
        any_value(local_hour) as local_hour,
        count(mean) as sensors,
        round(favg(mean), 3) as mean,
        min(minimum) as minimum,
        max(maximum) as maximum,
        fsum(total) as total,
        bool_or(status = 'confidential') as withheld,
        bool_or(sample) as sample
    from sensor_hours
    where ags = $ags and metric = $metric
    group by hour
)

select
    hours.hour,
    summed.day,
    summed.local_hour,
    coalesce(summed.sensors, 0) as sensors,
    summed.mean,
    summed.minimum,
    summed.maximum,
    summed.total,
    case
        when coalesce(summed.mean, summed.total) is null and summed.withheld then 'confidential'
        when coalesce(summed.mean, summed.total) is null then 'too_few'
        when summed.withheld then 'estimated'
        else 'measured'
    end as status,
    summed.sample
from hours
left join summed on summed.hour = hours.hour
order by hours.hour
