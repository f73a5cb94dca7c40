-- purpose: How many inhabited 100 m cells of each town have a technology at a speed for all, some or none of their households.
-- params: technology (text), min_mbit_s (integer), as_of (date)
-- grain: ags
-- units: cells, cells_all, cells_some, cells_none, cells_unknown in number of cells
-- example: technology=fttbh, min_mbit_s=1000, as_of=2025-12-31
-- cells_all: every household; cells_none: not one. A cell of another date that has no figure on this one is unknown.
with place as (
    select distinct on (epsg, x_m, y_m) epsg, x_m, y_m, ags
    from fibre_grid
    order by epsg, x_m, y_m, as_of desc
),
figure as (
    select epsg, x_m, y_m, households_pct
    from fibre_grid
    unpivot include nulls (households_pct for figure in (columns('.*_pct$')))
    where figure = $technology || '_' || $min_mbit_s || '_pct' and as_of = cast($as_of as date)
),
town as (
    select towns.ags, towns.name, place.ags as placed, figure.households_pct
    from towns
    left join place on towns.ags = place.ags
    left join figure on place.epsg = figure.epsg and place.x_m = figure.x_m and place.y_m = figure.y_m
),
area as (
    select ags, name, placed, households_pct from town
    union all
    select '05562', 'Kreis Recklinghausen', placed, households_pct from town
)
select
    ags,
    name,
    cast($as_of as date) as as_of,
    count(placed) as cells,
    count(*) filter (where households_pct = 100) as cells_all,
    count(*) filter (where households_pct > 0 and households_pct < 100) as cells_some,
    count(*) filter (where households_pct = 0) as cells_none,
    count(*) filter (where placed is not null and households_pct is null) as cells_unknown,
    case when count(placed) > 0 then 'measured' else 'not_reported' end as status
from area
group by ags, name
order by ags
