-- purpose: the sensors' days that go into a snapshot
-- params: first_day (date), sample (boolean)
-- grain: sensor_id, metric, day
-- units: as in sensor_metrics
select
    sensor_id,
    ags,
    metric,
    day,
    n,
    expected,
    coverage_pct,
    mean,
    minimum,
    maximum,
    p95,
    hour_maximum,
    night_minimum,
    case when status <> 'too_few' then total_milli / 1000.0 end as total,
    status,
    $sample as sample
from days
where day >= $first_day
order by metric, sensor_id, day
