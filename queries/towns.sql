-- purpose: The ten towns with their outlines and label points, in alphabetical order.
-- params: none
-- grain: ags
-- units: area_km2 in km²; longitude_deg, latitude_deg in degrees (WGS 84)
select ags, name, area_km2, longitude_deg, latitude_deg, geometry_geojson
from towns
order by name
