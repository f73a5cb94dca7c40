-- purpose: The steps of the strategy in the order they were taken.
-- params: none
-- grain: date_text, kind, title_de
-- units: participants in persons; sessions in pieces
-- begins_on is the first day of what date_text names and only serves to sort and to draw; say date_text, which is as
-- precise as published. NULL in participants or sessions means not published.
select
    cast(
        events.date_text || case length(events.date_text) when 4 then '-01-01' when 7 then '-01' else '' end as date
    ) as begins_on,
    events.date_text,
    events.date_precision,
    events.kind,
    events.ags,
    case when events.ags = '05562' then 'Kreis Recklinghausen' else towns.name end as name,
    events.title_de,
    events.participants,
    events.sessions,
    events.source
from events
left join towns on events.ags = towns.ags
order by begins_on, events.kind, events.title_de
