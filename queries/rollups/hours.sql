-- purpose: one metric's hours of one month, each with what is needed to build days without the readings
-- params: none
-- grain: sensor_id, hour
-- units: total_milli in thousandths of the metric's unit, the rest in its unit; bins are numbers of histogram bars
-- Totals are whole thousandths because a sum of doubles depends on the order and two runs must give the same bytes.
-- The histogram is kept as the sorted list of its bars' numbers: merging is appending, and it costs a third of a map.
with counted as (
    select
        sensor_id,
        date_trunc('hour', time) as hour,
        count(*) as n,
        cast(sum(cast(round(value * 1000) as bigint)) as bigint) as total_milli,
        min(value) as minimum,
        max(value) as maximum,
        max(time) as last_time,
        max_by(value, time) as last_value,
        list_sort(list(cast(floor(value / metric.bin + 0.000000001) as smallint))) as bins
    from readings
    cross join metric
    where flag is null
    group by sensor_id, date_trunc('hour', time)
),

judged as (
    select
        counted.*,
        sensors.ags,
        calendar.day,
        calendar.local_hour,
        greatest(1, cast(floor(60 / sensors.interval_min) as integer)) as expected,
        metric.people,
        metric.min_coverage_pct
    from counted
    join sensors on sensors.sensor_id = counted.sensor_id
    join calendar on calendar.hour = counted.hour
    cross join metric
),

named as (
    select
        judged.*,
        least(100, round(100.0 * n / expected, 1)) as coverage_pct,
        case
            when 100.0 * n / expected < min_coverage_pct then 'too_few'
            when people and total_milli < 10000 then 'confidential' -- fewer than 10 persons
            else 'measured'
        end as status
    from judged
)

select
    sensor_id,
    ags,
    cast(hour as timestamp_ms) as hour,
    day,
    local_hour,
    n,
    expected,
    coverage_pct,
    case when people and status <> 'measured' then null else total_milli end as total_milli,
    case when people or status <> 'measured' then null else round(total_milli / 1000.0 / n, 3) end as mean,
    case when people then null else minimum end as minimum,
    case when people then null else maximum end as maximum,
    case when people then null else bins end as bins,
    cast(case when people then hour else last_time end as timestamp_ms) as last_time,
    case when people then null else last_value end as last_value,
    status
from named
order by sensor_id, hour
