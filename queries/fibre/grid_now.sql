-- purpose: Share of the households of each 100 m cell that can get a technology at a speed on one date, as the map shows it.
-- params: ags (text), technology (text), min_mbit_s (integer), as_of (date), below_pct (number)
-- grain: cell
-- units: households_pct in % of the households of the cell; x_m, y_m in metres (south-west corner); longitude_deg, latitude_deg in degrees
-- example: ags=05562016, technology=fttbh, min_mbit_s=1000, as_of=2025-12-31, below_pct=101
-- Cells with households_pct below below_pct (101: all). A cell of another date that has no figure on this one stays,
-- as 'not_reported': missing is not zero, and not full either. The grid knows any, fttbh, hfc and dsl at 30, 100 and 1000.
with place as (
    select epsg, x_m, y_m, cell, ags, longitude_deg, latitude_deg
    from fibre_grid
    where $ags = '05562' or ags = $ags
    qualify row_number() over (partition by epsg, x_m, y_m order by as_of desc) = 1
),
figure as (
    select epsg, x_m, y_m, households_pct
    from fibre_grid
    unpivot include nulls (households_pct for figure in (columns('.*_pct$')))
    where figure = $technology || '_' || $min_mbit_s || '_pct' and as_of = cast($as_of as date)
)
select
    place.cell,
    place.ags,
    towns.name,
    cast($as_of as date) as as_of,
    figure.households_pct,
    case when figure.households_pct is null then 'not_reported' else 'measured' end as status,
    place.epsg,
    place.x_m,
    place.y_m,
    place.longitude_deg,
    place.latitude_deg
from place
join towns on place.ags = towns.ags
left join figure on place.epsg = figure.epsg and place.x_m = figure.x_m and place.y_m = figure.y_m
where figure.households_pct is null or figure.households_pct < cast($below_pct as double)
order by place.epsg, place.y_m, place.x_m
