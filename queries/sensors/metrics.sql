-- purpose: which metrics a town (or the county) has, since when and until when
-- params: ags (text)
-- grain: metric
-- example: ags=05562
-- units: unit names each metric's unit; towns is a count
select
    sensor_metrics.metric,
    sensor_metrics.name_de,
    sensor_metrics.name_en,
    sensor_metrics.unit,
    sensor_metrics.decimals,
    sensor_metrics.aggregate,
    sensor_metrics.min_coverage_pct,
    sensor_metrics.people,
    count(distinct town_days.ags) as towns,
    min(town_days.day) as first_day,
    max(town_days.day) as last_day,
    bool_or(town_days.sample) as sample
from sensor_metrics
join town_days on town_days.metric = sensor_metrics.metric
where $ags = '05562' or town_days.ags = $ags
group by all
order by sensor_metrics.metric
