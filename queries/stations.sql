-- purpose: Official monitoring stations in one town, or in the whole county (05562).
-- params: ags (text)
-- grain: kind, code
-- units: latitude_deg, longitude_deg in degrees (WGS 84)
-- example: ags=05562
select
    stations.ags,
    towns.name as town,
    stations.kind,
    stations.code,
    stations.name,
    stations.latitude_deg,
    stations.longitude_deg,
    stations.operator
from stations
left join towns on stations.ags = towns.ags
where $ags = '05562' or stations.ags = $ags
order by stations.kind, stations.name, stations.code
