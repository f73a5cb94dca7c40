-- purpose: summer days, hot days, frost days, ice days and tropical nights of each town and year as the DWD defines them
-- params: ags (text)
-- grain: ags, year
-- example: ags=05562
-- units: summer_days, hot_days, frost_days, ice_days, tropical_nights in days; days_measured of days_expected could be judged
-- The town's day is judged by the median of its sensors' extremes: one sensor in the sun makes no hot day.
select
    town_days.ags,
    towns.name,
    cast(year(town_days.day) as bigint) as year,
    count(town_days.maximum_median) as days_measured,
    cast(date_diff('day', make_date(year(min(town_days.day)), 1, 1), make_date(year(min(town_days.day)) + 1, 1, 1)) as bigint)
        as days_expected,
    count(*) filter (where town_days.maximum_median >= 25) as summer_days,
    count(*) filter (where town_days.maximum_median >= 30) as hot_days,
    count(*) filter (where town_days.minimum_median < 0) as frost_days,
    count(*) filter (where town_days.maximum_median < 0) as ice_days,
    count(*) filter (where town_days.night_minimum_median >= 20) as tropical_nights,
    count(town_days.night_minimum_median) as nights_measured,
    case when count(town_days.maximum_median) > 0 then 'measured' else 'too_few' end as status,
    bool_or(town_days.sample) as sample
from town_days
join towns on towns.ags = town_days.ags
where town_days.metric = 'temperature_c' and ($ags = '05562' or town_days.ags = $ags)
group by town_days.ags, towns.name, year(town_days.day)
order by towns.name, year
