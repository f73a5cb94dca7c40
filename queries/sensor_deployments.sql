-- purpose: Every published count of climate sensors and gateways, by town and for the county.
-- params: none
-- grain: ags, as_of
-- units: sensors, gateways in pieces; interval_min in minutes
-- NULL in sensors or gateways means not published, not zero; status is that of the number of sensors. The county's row
-- is what the county published, not a sum.
select
    sensor_deployments.ags,
    case when sensor_deployments.ags = '05562' then 'Kreis Recklinghausen' else towns.name end as name,
    sensor_deployments.as_of,
    sensor_deployments.sensors,
    case when sensor_deployments.sensors is null then 'not_reported' else 'measured' end as status,
    sensor_deployments.gateways,
    sensor_deployments.interval_min,
    sensor_deployments.metrics,
    sensor_deployments.network,
    sensor_deployments.source
from sensor_deployments
left join towns on sensor_deployments.ags = towns.ags
order by sensor_deployments.ags, sensor_deployments.as_of
