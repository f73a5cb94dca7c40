-- purpose: one metric's local days of one month for each sensor, from its hours
-- params: none
-- grain: sensor_id, day
-- units: total_milli in thousandths of the metric's unit, the rest in its unit; night_minimum from 18 to 06 UTC (DWD)
-- A day of a person counter adds up the published hours only: adding the others would give them away by subtraction.
with summed as (
    select
        hours.sensor_id,
        hours.ags,
        hours.day,
        cast(sum(hours.n) as bigint) as n,
        cast(sum(hours.total_milli) as bigint) as total_milli,
        min(hours.minimum) as minimum,
        max(hours.maximum) as maximum,
        max(case when hours.status = 'measured' then hours.mean end) as hour_maximum,
        cast(sum(case when hours.status = 'measured' then 0 else 1 end) as bigint) as hours_withheld,
        max(hours.last_time) as last_time,
        max_by(hours.last_value, hours.last_time) as last_value,
        list_sort(flatten(list(hours.bins))) as bins
    from hours
    group by hours.sensor_id, hours.ags, hours.day
),

nights as (
    select
        spans.sensor_id,
        calendar.night,
        min(spans.minimum) as night_minimum,
        sum(spans.n) as night_n
    from (
        select sensor_id, hour, minimum, n from hours
        union all
        select sensor_id, hour, minimum, n from hours_before
    ) as spans
    join calendar on calendar.hour = spans.hour
    where calendar.night is not null
    group by spans.sensor_id, calendar.night
),

day_lengths as (
    select day, min(day_hours) as day_hours from calendar group by day
),

judged as (
    select
        summed.*,
        greatest(1, cast(round(day_lengths.day_hours * 60 / sensors.interval_min) as bigint)) as expected,
        case
            when metric.nights and nights.night_n >= metric.min_coverage_pct / 100.0 * 12 * 60 / sensors.interval_min
            then nights.night_minimum
        end as night_minimum,
        metric.min_coverage_pct,
        metric.people,
        metric.bin
    from summed
    join sensors on sensors.sensor_id = summed.sensor_id
    join day_lengths on day_lengths.day = summed.day
    left join nights on nights.sensor_id = summed.sensor_id and nights.night = summed.day
    cross join metric
),

named as (
    select
        judged.*,
        least(100, round(100.0 * n / expected, 1)) as coverage_pct,
        case
            when 100.0 * n / expected < min_coverage_pct then 'too_few'
            when people and coalesce(total_milli, 0) < 10000 then 'confidential'
            when people and hours_withheld > 0 then 'estimated' -- at least so many: the published hours
            else 'measured'
        end as status
    from judged
)

select
    sensor_id,
    ags,
    day,
    n,
    expected,
    coverage_pct,
    case when people and status in ('too_few', 'confidential') then null else total_milli end as total_milli,
    case when people or status <> 'measured' then null else round(total_milli / 1000.0 / n, 3) end as mean,
    minimum,
    maximum,
    case
        when people or status <> 'measured' then null
        else round((bins[cast(ceil(0.95 * len(bins)) as bigint)] + 0.5) * bin, 3)
    end as p95,
    hour_maximum,
    night_minimum,
    cast(last_time as timestamp_ms) as last_time,
    last_value,
    bins,
    status
from named
order by sensor_id, day
