-- purpose: Population of one town, or of the whole county, at every reference date.
-- params: ags (text)
-- grain: ags, as_of
-- units: population, male, female in persons
-- example: ags=05562
-- The county (05562) is the sum of its towns, only for dates at which all ten have a figure.
select ags, as_of, population, male, female, 'measured' as status
from population
where ags = $ags
union all
select
    '05562' as ags,
    as_of,
    cast(sum(population) as bigint) as population,
    case when count(male) = 10 then cast(sum(male) as bigint) end as male,
    case when count(female) = 10 then cast(sum(female) as bigint) end as female,
    'measured' as status
from population
where $ags = '05562'
group by as_of
having count(population) = 10
order by ags, as_of
