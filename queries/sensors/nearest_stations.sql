-- purpose: the official stations nearest to the middle of a town, one of each kind
-- params: ags (text)
-- grain: kind
-- example: ags=05562024
-- units: distance_km in km (great circle)
select
    stations.kind,
    stations.code,
    stations.name,
    stations.ags,
    stations.operator,
    stations.latitude_deg,
    stations.longitude_deg,
    round(
        2 * 6371.0 * asin(
            sqrt(
                power(sin(radians(stations.latitude_deg - towns.latitude_deg) / 2), 2)
                + cos(radians(stations.latitude_deg)) * cos(radians(towns.latitude_deg))
                * power(sin(radians(stations.longitude_deg - towns.longitude_deg) / 2), 2)
            )
        ),
        1
    ) as distance_km
from stations
cross join towns
where towns.ags = $ags
qualify row_number() over (partition by stations.kind order by distance_km, stations.code) = 1
order by stations.kind
