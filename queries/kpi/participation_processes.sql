-- purpose: Participation processes begun in a calendar year, by administration.
-- params: none
-- grain: ags, as_of
-- units: value in processes
-- Nothing has been counted yet: the table is empty. The county's value will be the county administration's own number.
select
    ags,
    as_of,
    cast(processes as double) as value,
    case when processes is null then 'not_reported' else 'measured' end as status
from participation_processes
order by ags, as_of
