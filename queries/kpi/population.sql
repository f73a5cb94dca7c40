-- purpose: Inhabitants by town and in the county at every reference date.
-- params: none
-- grain: ags, as_of
-- units: value in persons
-- The county is the sum of its towns, only for dates at which all ten have a figure.
select ags, as_of, cast(population as double) as value, 'measured' as status
from population
union all
select '05562' as ags, as_of, cast(sum(population) as double) as value, 'measured' as status
from population
group by as_of
having count(population) = 10
order by ags, as_of
