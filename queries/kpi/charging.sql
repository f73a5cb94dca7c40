-- purpose: Public charging points per 1,000 inhabitants, by town and for the county.
-- params: none
-- grain: ags, as_of
-- units: value in charging points per 1,000 inhabitants; numerator in charging points; denominator in inhabitants
-- The inhabitants are those of the last reference date not after as_of: population_as_of says which (2017-12-31 for
-- 2019-07-19). The county is sum divided by sum, only where all ten towns have a value.
with town as (
    select
        charging_points.ags,
        charging_points.as_of,
        charging_points.charging_points,
        population.population,
        population.as_of as population_as_of
    from charging_points
    asof left join population
        on charging_points.ags = population.ags and charging_points.as_of >= population.as_of
)
select
    ags,
    as_of,
    1000 * charging_points / population as value,
    case when charging_points / population is null then 'not_reported' else 'measured' end as status,
    cast(charging_points as double) as numerator,
    cast(population as double) as denominator,
    population_as_of
from town
union all
select
    '05562' as ags,
    as_of,
    1000 * sum(charging_points) / sum(population) as value,
    'measured' as status,
    cast(sum(charging_points) as double) as numerator,
    cast(sum(population) as double) as denominator,
    min(population_as_of) as population_as_of
from town
where charging_points is not null and population is not null
group by as_of
having count(*) = 10
order by ags, as_of
