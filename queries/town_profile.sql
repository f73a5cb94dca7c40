-- purpose: One town, or the whole county (05562), in one row: area, latest population, density, households.
-- params: ags (text)
-- grain: ags
-- units: population in persons; area_km2 in km²; density_per_km2 in persons per km²; households in households
-- example: ags=05562016
-- The county sums its ten towns at the latest date at which all ten have a figure. Households are our estimate.
with area_and_people as (
    select ags, as_of, population, area_km2
    from population
    where ags = $ags
    union all
    select
        '05562' as ags,
        as_of,
        cast(sum(population) as bigint) as population,
        case when count(area_km2) = 10 then sum(area_km2) end as area_km2
    from population
    where $ags = '05562'
    group by as_of
    having count(population) = 10
),
latest as (
    select * from area_and_people order by as_of desc limit 1
),
homes as (
    select
        cast(sum(households) as bigint) as households,
        max(as_of) as households_as_of
    from households
    where ags = $ags or $ags = '05562'
    having count(*) = case when $ags = '05562' then 10 else 1 end
)
select
    latest.ags,
    case when latest.ags = '05562' then 'Kreis Recklinghausen' else towns.name end as name,
    latest.as_of,
    latest.population,
    latest.area_km2,
    latest.population / latest.area_km2 as density_per_km2,
    homes.households,
    homes.households_as_of,
    case when homes.households is null then 'not_reported' else 'estimated' end as households_status
from latest
left join homes on true
left join towns on latest.ags = towns.ags
