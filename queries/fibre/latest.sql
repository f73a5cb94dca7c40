-- purpose: The latest share of households that can get fibre in one area, and the first one measured in the same way.
-- params: ags (text)
-- grain: ags
-- units: households_pct, before_pct in % of private households
-- example: ags=05562016
-- Fibre to the building or home at 1000 Mbit/s. "In the same way": since the last break, that is since 2019 (before: whole
-- percents) or since the Telecommunications Act of 1 December 2021 (reports by address). before_* are NULL where the
-- latest figure is the first one. The county is weighted by our estimate of households: 'estimated', all ten or none.
with figure as (
    select ags, as_of, households_pct, 'measured' as status
    from fibre_coverage
    where ags = $ags and technology = 'fttbh' and min_mbit_s = 1000 and households_pct is not null
    union all
    select
        '05562' as ags,
        fibre_coverage.as_of,
        fsum(households.households * fibre_coverage.households_pct) / sum(households.households) as households_pct,
        'estimated' as status
    from fibre_coverage
    join households on fibre_coverage.ags = households.ags
    where
        $ags = '05562'
        and fibre_coverage.technology = 'fttbh'
        and fibre_coverage.min_mbit_s = 1000
        and fibre_coverage.households_pct is not null
    group by fibre_coverage.as_of
    having count(*) = 10
),
method as (
    select
        *,
        case when as_of < date '2019-01-01' then 1 when as_of < date '2021-12-01' then 2 else 3 end as method
    from figure
)
select
    last.ags,
    last.as_of,
    last.households_pct,
    last.status,
    first.as_of as before_as_of,
    first.households_pct as before_pct
from method as last
left join method as first
    on last.method = first.method
    and first.as_of < last.as_of
    and first.as_of = (select min(as_of) from method where method.method = last.method)
where last.as_of = (select max(as_of) from method)
