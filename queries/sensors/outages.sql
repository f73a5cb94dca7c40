-- purpose: a sensor's outages: runs of days without enough readings of any metric, newest first
-- params: sensor_id (text), first_day (date), last_day (date)
-- grain: first_day
-- example: sensor_id=beispiel-haltern-01, first_day=2024-01-01, last_day=2026-11-22
-- units: days in days
-- Counted from the first day with readings on; before that a sensor is not broken but not there yet.
with began as (
    select greatest(min(day), cast($first_day as date)) as day
    from sensor_days
    where sensor_id = $sensor_id
),

days as (
    select cast(unnest(generate_series(began.day, least(cast($last_day as date), began.day + 3660), interval 1 day)) as date) as day
    from began
),

best as (
    select day, max(coverage_pct) as coverage_pct, bool_and(status = 'too_few') as too_few
    from sensor_days
    where sensor_id = $sensor_id
    group by day
),

bad as (
    select
        days.day,
        coalesce(best.coverage_pct, 0) as coverage_pct,
        date_diff('day', date '2000-01-01', days.day) - row_number() over (order by days.day) as run
    from days
    left join best on best.day = days.day
    where best.day is null or best.too_few
)

select
    min(day) as first_day,
    max(day) as last_day,
    count(*) as days,
    round(favg(coverage_pct), 1) as coverage_pct,
    max(day) = cast($last_day as date) as ongoing
from bad
group by run
order by first_day desc
