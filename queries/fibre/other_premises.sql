-- purpose: Companies, business parks and schools that can get a technology at a speed, ten towns, latest date of each.
-- params: technology (text), min_mbit_s (integer)
-- grain: premises, ags
-- units: premises_pct in % of the premises
-- example: technology=fttbh, min_mbit_s=1000
-- Empty until a file of the Breitbandatlas with businesses or schools is imported. No county figure: the number of
-- premises by town, which would be its weight, is not published with the shares.
with figure as (
    select premises, ags, as_of, premises_pct
    from fibre_businesses
    where technology = $technology and min_mbit_s = $min_mbit_s
    union all
    select 'schools' as premises, ags, as_of, schools_pct as premises_pct
    from fibre_schools
    where technology = $technology and min_mbit_s = $min_mbit_s
)
select figure.premises, figure.ags, towns.name, figure.as_of, figure.premises_pct
from figure
join towns on figure.ags = towns.ags
qualify figure.as_of = max(figure.as_of) over (partition by figure.premises)
order by figure.premises, towns.name
