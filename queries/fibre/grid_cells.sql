-- purpose: Every cell of the 100 m grid at every date, in rows from south to north, for the map's file.
-- params: none
-- grain: as_of, cell
-- units: longitude_deg, latitude_deg in degrees (south-west corner, WGS 84); any_30_pct, fttbh_1000_pct in % of the households of the cell
select
    fibre_grid.cell,
    fibre_grid.as_of,
    fibre_grid.ags,
    towns.name,
    fibre_grid.epsg,
    fibre_grid.x_m,
    fibre_grid.y_m,
    fibre_grid.longitude_deg,
    fibre_grid.latitude_deg,
    fibre_grid.any_30_pct,
    fibre_grid.any_100_pct,
    fibre_grid.any_1000_pct,
    fibre_grid.fttbh_30_pct,
    fibre_grid.fttbh_100_pct,
    fibre_grid.fttbh_1000_pct,
    fibre_grid.hfc_30_pct,
    fibre_grid.hfc_100_pct,
    fibre_grid.hfc_1000_pct,
    fibre_grid.dsl_30_pct,
    fibre_grid.dsl_100_pct,
    fibre_grid.dsl_1000_pct
from fibre_grid
join towns on fibre_grid.ags = towns.ags
order by fibre_grid.epsg, fibre_grid.y_m, fibre_grid.x_m, fibre_grid.as_of
