-- purpose: the hours that go into a snapshot
-- params: first_day (date), sample (boolean)
-- grain: sensor_id, metric, hour
-- units: as in sensor_metrics
select
    sensor_id,
    ags,
    metric,
    hour,
    day,
    cast(local_hour as bigint) as local_hour,
    n,
    cast(expected as bigint) as expected,
    coverage_pct,
    mean,
    minimum,
    maximum,
    case when status = 'measured' then total_milli / 1000.0 end as total,
    status,
    $sample as sample
from hours
where day >= $first_day
order by metric, sensor_id, hour
