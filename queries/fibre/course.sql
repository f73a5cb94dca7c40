-- purpose: The half-years of one technology and speed, the ten towns and the county, and where the method breaks.
-- params: technology (text), min_mbit_s (integer)
-- grain: ags, as_of
-- units: value in % of private households
-- example: technology=fttbh, min_mbit_s=1000
-- break_before: the figure must not be joined with the one before. Up to the end of 2018 whole percents were published;
-- since the Telecommunications Act of 1 December 2021 providers report by address (gigabitgrundbuch.bund.de,
-- Breitbandatlas). The county is the mean of the towns weighted by their households (our estimate from the census of 2022,
-- the same at every date): 'estimated', and only where all ten towns have a figure.
with figure as (
    select ags, as_of, households_pct as value, case when households_pct is null then 'not_reported' else 'measured' end as status
    from fibre_coverage
    where technology = $technology and min_mbit_s = $min_mbit_s
    union all
    select
        '05562' as ags,
        fibre_coverage.as_of,
        fsum(households.households * fibre_coverage.households_pct) / sum(households.households) as value,
        'estimated' as status
    from fibre_coverage
    join households on fibre_coverage.ags = households.ags
    where
        fibre_coverage.technology = $technology
        and fibre_coverage.min_mbit_s = $min_mbit_s
        and fibre_coverage.households_pct is not null
    group by fibre_coverage.as_of
    having count(*) = 10
),
dated as (
    select *, lag(as_of) over (partition by ags order by as_of) as previous from figure
)
select
    ags,
    as_of,
    value,
    status,
    coalesce(
        (previous < date '2019-01-01' and as_of >= date '2019-01-01')
        or (previous < date '2021-12-01' and as_of >= date '2021-12-01'),
        false
    ) as break_before
from dated
order by ags, as_of
