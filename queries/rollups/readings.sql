-- purpose: a month of one metric as it is stored: sorted, each moment once, sensors that hang marked as stuck
-- params: none
-- grain: sensor_id, time
-- units: value in the metric's unit
with everything as (
    select sensor_id, time, value, nullif(flag, 'stuck') as flag from stored
    union all
    select sensor_id, time, value, flag from fresh
),

changes as ( -- a run ends with another value, or with a pause of three hours
    select
        everything.*,
        case
            when value = lag(value) over reading
                and time <= lag(time) over reading + interval 3 hours
            then 0 else 1
        end as changed
    from everything
    window reading as (partition by sensor_id order by time)
),

runs as (
    select
        changes.*,
        sum(changed) over (partition by sensor_id order by time rows unbounded preceding) as run
    from changes
),

spans as (
    select sensor_id, run
    from runs
    cross join metric
    where metric.stuck_hours > 0
    group by sensor_id, run, metric.stuck_hours
    having count(*) >= 6 and max(time) - min(time) >= to_minutes(cast(metric.stuck_hours * 60 as integer))
)

select
    runs.sensor_id,
    cast(runs.time as timestamp_ms) as time, -- Parquet gives microseconds back; files keep milliseconds
    runs.value,
    case when runs.flag is null and spans.run is not null then 'stuck' else runs.flag end as flag
from runs
left join spans on spans.sensor_id = runs.sensor_id and spans.run = runs.run
order by runs.sensor_id, runs.time
