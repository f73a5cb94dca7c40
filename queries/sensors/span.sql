-- purpose: what there is: first and last day, the newest reading, number of sensors and towns, whether it is the sample
-- params: none
-- grain: first_day
-- units: sensors and towns are counts
select
    (select min(day) from town_days) as first_day,
    (select max(day) from town_days) as last_day,
    (select max(time) from sensor_latest) as newest,
    count(*) as sensors,
    count(distinct ags) as towns,
    coalesce(bool_or(sample), false) as sample
from sensor_places
