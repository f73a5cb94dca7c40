-- purpose: day × hour of a town for the heat map: mean of its sensors' hourly means in local time
-- params: ags (text), metric (text), first_day (date), last_day (date)
-- grain: day, local_hour
-- example: ags=05562016, metric=temperature_c, first_day=2026-11-01, last_day=2026-11-22
-- units: value, total in the metric's unit
-- On the day the clocks go back, hour 2 is two hours: their mean.
select
    day,
    local_hour,
    count(mean) as sensors,
    round(favg(mean), 3) as value,
    fsum(total) as total,
    case
        when coalesce(favg(mean), fsum(total)) is null and bool_or(status = 'confidential') then 'confidential'
        when coalesce(favg(mean), fsum(total)) is null then 'too_few'
        when bool_or(status = 'confidential') then 'estimated'
        else 'measured'
    end as status,
    bool_or(sample) as sample
from sensor_hours
where ags = $ags and metric = $metric and day between $first_day and $last_day
group by day, local_hour
order by day, local_hour
