-- purpose: All technologies and speeds of one town, or of the county (05562), at its latest date.
-- params: ags (text)
-- grain: technology, min_mbit_s
-- units: min_mbit_s in Mbit/s; households_pct in % of private households
-- example: ags=05562016
-- The county is the mean of the towns weighted by their households (our estimate from the census of 2022, the same at
-- every date): 'estimated', and only where all ten towns have a figure. A share published as NULL is 'not_reported'.
with figure as (
    select
        ags,
        as_of,
        technology,
        min_mbit_s,
        households_pct,
        case when households_pct is null then 'not_reported' else 'measured' end as status
    from fibre_coverage
    where ags = $ags
    union all
    select
        '05562' as ags,
        fibre_coverage.as_of,
        fibre_coverage.technology,
        fibre_coverage.min_mbit_s,
        fsum(households.households * fibre_coverage.households_pct) / sum(households.households) as households_pct,
        'estimated' as status
    from fibre_coverage
    join households on fibre_coverage.ags = households.ags
    where $ags = '05562' and fibre_coverage.households_pct is not null
    group by fibre_coverage.as_of, fibre_coverage.technology, fibre_coverage.min_mbit_s
    having count(*) = 10
)
select ags, as_of, technology, min_mbit_s, households_pct, status
from figure
where as_of = (select max(as_of) from figure)
order by technology, min_mbit_s
