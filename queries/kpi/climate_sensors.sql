-- purpose: Climate sensors deployed, as published by the towns and the county.
-- params: none
-- grain: ags, as_of
-- units: value in sensors
-- A town that has sensors but published no number keeps NULL. The county's value is the figure the county published,
-- not the sum of the towns: of six equipped towns three published a number, so a sum would be too small.
select
    ags,
    as_of,
    cast(sensors as double) as value,
    case when sensors is null then 'not_reported' else 'measured' end as status
from sensor_deployments
order by ags, as_of
