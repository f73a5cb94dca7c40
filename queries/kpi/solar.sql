-- purpose: Installed photovoltaics per 1,000 inhabitants, by town and for the county.
-- params: none
-- grain: ags, as_of
-- units: value in kW per 1,000 inhabitants; numerator in kW; denominator in inhabitants
-- The inhabitants are those of the last reference date not after as_of: population_as_of says which (2023-12-31 for
-- 2024-12-31). The county is sum divided by sum, only where all ten towns have a value.
with town as (
    select
        solar_capacity.ags,
        solar_capacity.as_of,
        solar_capacity.pv_kw,
        population.population,
        population.as_of as population_as_of
    from solar_capacity
    asof left join population
        on solar_capacity.ags = population.ags and solar_capacity.as_of >= population.as_of
)
select
    ags,
    as_of,
    1000 * pv_kw / population as value,
    case when pv_kw / population is null then 'not_reported' else 'measured' end as status,
    pv_kw as numerator,
    cast(population as double) as denominator,
    population_as_of
from town
union all
select
    '05562' as ags,
    as_of,
    1000 * fsum(pv_kw) / sum(population) as value,
    'measured' as status,
    fsum(pv_kw) as numerator,
    cast(sum(population) as double) as denominator,
    min(population_as_of) as population_as_of
from town
where pv_kw is not null and population is not null
group by as_of
having count(*) = 10
order by ags, as_of
