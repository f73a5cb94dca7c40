-- purpose: air values of each town and year beside the EU's limit values and the WHO's guideline values
-- params: ags (text)
-- grain: ags, metric, year, averaging, kind
-- example: ags=05562
-- units: value, limit_value in µg/m³; exceedances are days (averaging day) or days with such an hour (averaging hour)
-- value: the year's mean (averaging year), else the highest day or hour. Sensors are no reference method: an indication.
-- A year is judged when it has three quarters of its days; exceedances are counted anyway, they have happened.
with years as (
    select
        ags,
        metric,
        cast(year(day) as bigint) as year,
        count(mean) as days_measured,
        date_diff('day', make_date(year(min(day)), 1, 1), make_date(year(min(day)) + 1, 1, 1)) as days_expected,
        favg(mean) as mean,
        max(mean) as highest_day,
        max(hour_maximum) as highest_hour,
        bool_or(sample) as sample
    from town_days
    where $ags = '05562' or ags = $ags
    group by ags, metric, year(day)
),

exceeded as (
    select
        town_days.ags,
        town_days.metric,
        cast(year(town_days.day) as bigint) as year,
        air_limits.averaging,
        air_limits.kind,
        count(*) as exceedances
    from town_days
    join air_limits on air_limits.metric = town_days.metric
    where (air_limits.averaging = 'day' and town_days.mean > air_limits.value)
        or (air_limits.averaging = 'hour' and town_days.hour_maximum > air_limits.value)
    group by town_days.ags, town_days.metric, year(town_days.day), air_limits.averaging, air_limits.kind
)

select
    years.ags,
    towns.name,
    years.metric,
    years.year,
    air_limits.averaging,
    air_limits.kind,
    air_limits.value as limit_value,
    air_limits.allowed,
    case
        when air_limits.averaging = 'day' then years.highest_day
        when air_limits.averaging = 'hour' then years.highest_hour
        when years.days_measured >= 0.75 * years.days_expected then round(years.mean, 1)
    end as value,
    case when air_limits.averaging <> 'year' then coalesce(exceeded.exceedances, 0) end as exceedances,
    years.days_measured,
    years.days_expected,
    case when years.days_measured >= 0.75 * years.days_expected then 'measured' else 'too_few' end as status,
    air_limits.source,
    years.sample
from years
join air_limits on air_limits.metric = years.metric
join towns on towns.ags = years.ags
left join exceeded
    on exceeded.ags = years.ags
    and exceeded.metric = years.metric
    and exceeded.year = years.year
    and exceeded.averaging = air_limits.averaging
    and exceeded.kind = air_limits.kind
order by towns.name, years.metric, years.year, air_limits.averaging, air_limits.kind
