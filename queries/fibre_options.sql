-- purpose: Which technologies, speeds and dates there are figures for, and for how many towns.
-- params: none
-- grain: technology, min_mbit_s, as_of
-- units: min_mbit_s in Mbit/s; towns in number of towns
select technology, min_mbit_s, as_of, count(households_pct) as towns
from fibre_coverage
group by technology, min_mbit_s, as_of
having count(households_pct) > 0
order by technology, min_mbit_s, as_of
