-- purpose: The outline of every town, its area and the point for its name.
-- params: none
-- grain: ags
-- units: area_km2 in square kilometres; longitude_deg, latitude_deg in degrees (WGS 84)
select ags, name, area_km2, longitude_deg, latitude_deg, geometry_geojson
from towns
order by ags
