-- purpose: Share of private households that can get a technology at a speed, by town and for the county, at every date.
-- params: technology (text), min_mbit_s (integer)
-- grain: ags, as_of
-- units: value in % of private households; numerator, denominator in households (county only)
-- example: technology=fttbh, min_mbit_s=1000
-- The county is the mean of the towns weighted by their households. The households are our estimate from the census of
-- 2022 and the same at every date, so the county is 'estimated'; it exists only where all ten towns have a value.
with town as (
    select ags, as_of, households_pct as value
    from fibre_coverage
    where technology = $technology and min_mbit_s = $min_mbit_s
)
select
    ags,
    as_of,
    value,
    case when value is null then 'not_reported' else 'measured' end as status,
    cast(null as double) as numerator,
    cast(null as double) as denominator
from town
union all
select
    '05562' as ags,
    town.as_of,
    fsum(households.households * town.value) / sum(households.households) as value,
    'estimated' as status,
    fsum(households.households * town.value) / 100 as numerator,
    cast(sum(households.households) as double) as denominator
from town
join households using (ags)
where town.value is not null
group by town.as_of
having count(*) = 10
order by ags, as_of
