-- purpose: Services that can be applied for online, by administration.
-- params: none
-- grain: ags, as_of
-- units: value in services
-- Nothing has been counted yet: the table is empty. The county's value will be the county administration's own number.
select
    ags,
    as_of,
    cast(services as double) as value,
    case when services is null then 'not_reported' else 'measured' end as status
from online_services
order by ags, as_of
