-- purpose: the towns' days that go into a snapshot; the histogram as text "bar:count bar:count"
-- params: first_day (date), sample (boolean)
-- grain: ags, metric, day
-- units: as in sensor_metrics
select
    ags,
    metric,
    day,
    sensors,
    sensors_expected,
    n,
    expected,
    coverage_pct,
    mean,
    minimum,
    maximum,
    minimum_median,
    maximum_median,
    night_minimum_median,
    hour_maximum,
    p95,
    case when status <> 'too_few' then total_milli / 1000.0 end as total,
    array_to_string(
        list_transform(map_entries(list_histogram(bins)), lambda bar: concat(bar.key, ':', bar.value)), ' '
    ) as histogram,
    status,
    $sample as sample
from town_days
where day >= $first_day
order by metric, ags, day
