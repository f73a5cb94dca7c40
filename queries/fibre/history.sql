-- purpose: Broadband from 2010 to 2018 by any technology for one town, or for the county (05562); its own series.
-- params: ags (text)
-- grain: year, min_mbit_s
-- units: min_mbit_s in Mbit/s; households_pct in % of private households
-- example: ags=05562016
-- Never joined with fibre_coverage. break_before: in 2015 the publisher changed the method, so the figure must not be
-- joined with the one before. The county as everywhere: weighted by our estimate of households, 'estimated', all ten or none.
with figure as (
    select ags, year, min_mbit_s, households_pct, 'measured' as status
    from broadband_history
    where ags = $ags and households_pct is not null
    union all
    select
        '05562' as ags,
        broadband_history.year,
        broadband_history.min_mbit_s,
        fsum(households.households * broadband_history.households_pct) / sum(households.households) as households_pct,
        'estimated' as status
    from broadband_history
    join households on broadband_history.ags = households.ags
    where $ags = '05562' and broadband_history.households_pct is not null
    group by broadband_history.year, broadband_history.min_mbit_s
    having count(*) = 10
)
select ags, year, make_date(year, 12, 31) as as_of, min_mbit_s, households_pct, status, year = 2015 as break_before
from figure
order by min_mbit_s, year
