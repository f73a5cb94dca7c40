-- purpose: The dates for which the 100 m grid has been imported.
-- params: none
-- grain: as_of
-- units: cells in number of cells; epsg: the coordinate system of most of them
select as_of, count(*) as cells, mode(epsg) as epsg
from fibre_grid
group by as_of
order by as_of
