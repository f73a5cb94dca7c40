-- purpose: the last good reading of every sensor and metric
-- params: none
-- grain: sensor_id, metric
-- units: value in the metric's unit
select
    sensor_id,
    metric,
    cast(max(last_time) as timestamp_ms) as time,
    max_by(last_value, last_time) as value
from days
group by sensor_id, metric
order by sensor_id, metric
