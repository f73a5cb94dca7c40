-- purpose: one metric's local days of one month for each town, from its sensors' days
-- params: none
-- grain: ags, day
-- units: as in sensors.toml; mean is the mean of the sensors' means, so that a sensor that sends more often counts once
-- A sensor that should have measured (since/until in sensors.toml) and was silent lowers the coverage of its town.
with active as (
    select distinct ags, day from days
),

silent as (
    select
        sensors.ags,
        active.day,
        cast(count(*) as bigint) as sensors,
        cast(sum(greatest(1, cast(round(day_lengths.day_hours * 60 / sensors.interval_min) as bigint))) as bigint) as expected
    from sensors
    join active on active.ags = sensors.ags
    join (select day, min(day_hours) as day_hours from calendar group by day) as day_lengths
        on day_lengths.day = active.day
    left join days on days.sensor_id = sensors.sensor_id and days.day = active.day
    where sensors.since <= active.day
        and (sensors.until is null or sensors.until >= active.day)
        and days.sensor_id is null
    group by sensors.ags, active.day
),

summed as (
    select
        days.ags,
        days.day,
        cast(count(*) as bigint) as sensors,
        cast(sum(days.n) as bigint) as n,
        cast(sum(least(days.n, days.expected)) as bigint) as n_expected,
        cast(sum(days.expected) as bigint) as expected,
        cast(sum(case when days.status in ('measured', 'estimated') then days.total_milli end) as bigint) as total_milli,
        cast(sum(case when days.status = 'measured' then 0 else 1 end) as bigint) as sensors_withheld,
        round(avg(case when days.status = 'measured' then days.mean end), 3) as mean,
        min(days.minimum) as minimum,
        max(days.maximum) as maximum,
        round(median(case when days.status = 'measured' then days.minimum end), 3) as minimum_median,
        round(median(case when days.status = 'measured' then days.maximum end), 3) as maximum_median,
        round(median(days.night_minimum), 3) as night_minimum_median,
        max(days.hour_maximum) as hour_maximum,
        list_sort(flatten(list(days.bins))) as bins
    from days
    group by days.ags, days.day
),

judged as (
    select
        summed.*,
        summed.sensors + coalesce(silent.sensors, 0) as sensors_expected,
        summed.expected + coalesce(silent.expected, 0) as expected_all,
        metric.people,
        metric.min_coverage_pct,
        metric.bin
    from summed
    left join silent on silent.ags = summed.ags and silent.day = summed.day
    cross join metric
),

named as (
    select
        judged.*,
        round(100.0 * n_expected / expected_all, 1) as coverage_pct,
        case
            when 100.0 * n_expected / expected_all < min_coverage_pct then 'too_few'
            when people and coalesce(total_milli, 0) < 10000 then 'confidential'
            when people and sensors_withheld > 0 then 'estimated'
            when not people and mean is null then 'too_few'
            else 'measured'
        end as status
    from judged
)

select
    ags,
    day,
    sensors,
    sensors_expected,
    n,
    expected_all as expected,
    coverage_pct,
    case when people and status in ('too_few', 'confidential') then null else total_milli end as total_milli,
    case when people or status <> 'measured' then null else mean end as mean,
    minimum,
    maximum,
    case when status = 'measured' then minimum_median end as minimum_median,
    case when status = 'measured' then maximum_median end as maximum_median,
    case when status = 'measured' then night_minimum_median end as night_minimum_median,
    case when status = 'measured' then hour_maximum end as hour_maximum,
    case
        when people or status <> 'measured' then null
        else round((bins[cast(ceil(0.95 * len(bins)) as bigint)] + 0.5) * bin, 3)
    end as p95,
    bins,
    status
from named
order by ags, day
