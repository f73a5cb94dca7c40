-- purpose: Share of private households that can get a technology at a speed on one date, the ten towns and the county.
-- params: technology (text), min_mbit_s (integer), as_of (date)
-- grain: ags
-- units: households_pct in % of private households; households in households
-- example: technology=fttbh, min_mbit_s=1000, as_of=2021-06-30
-- Always ten towns and the county: NULL with status 'not_reported' where there is no figure. The county is the mean
-- of the towns weighted by their households (our estimate from the census of 2022, the same at every date), so it is
-- 'estimated', and it is NULL unless all ten towns have a figure.
with town as (
    select households.ags, towns.name, households.households, fibre_coverage.households_pct
    from households
    left join towns on households.ags = towns.ags
    left join fibre_coverage
        on households.ags = fibre_coverage.ags
        and fibre_coverage.technology = $technology
        and fibre_coverage.min_mbit_s = $min_mbit_s
        and fibre_coverage.as_of = cast($as_of as date)
),
county as (
    select
        cast(sum(households) as bigint) as households,
        case
            when count(households_pct) = 10 then fsum(households * households_pct) / sum(households)
        end as households_pct
    from town
)
select
    ags,
    name,
    cast($as_of as date) as as_of,
    households_pct,
    case when households_pct is null then 'not_reported' else 'measured' end as status,
    households
from town
union all
select
    '05562' as ags,
    'Kreis Recklinghausen' as name,
    cast($as_of as date) as as_of,
    households_pct,
    case when households_pct is null then 'not_reported' else 'estimated' end as status,
    households
from county
order by ags
