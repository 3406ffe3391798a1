-- Puts what there is to tell into the outbox, once: a JSON array of {id, value, before, threshold, details}. Gives the number
-- of new rows.
--   rule, kind; type: of the receivers, digest: whether the id is an owner; day
--   zones, dues, expiries: for each timezone, when people there are told and until when; reporting: for all other people
-- Some 30 microseconds a row.
with told as (
    select told.*,
           case when %(digest)s then tracking.person_of(false, coalesce(owner_is_person, false), null, told.id)
                else tracking.person_of(coalesce(id_is_person, false), coalesce(owner_is_person, false), told.id, owner)
           end as person
      from jsonb_to_recordset(%(rows)s::jsonb)
           as told (id text, value bigint, before bigint, threshold bigint, details jsonb)
      left join tracking.receiver_types on receiver_types.receiver_type = %(type)s
      left join tracking.receivers
             on receivers.receiver_type = %(type)s and receivers.receiver_id = told.id and not %(digest)s
),
people as (
    select person, coalesce(zoned.zone, %(reporting)s) as zone
      from (select distinct person from told where person is not null) as each
      left join lateral tracking.contact_of(person) as contact on true
      left join unnest(%(zones)s::text[]) as zoned (zone) on zoned.zone = contact.timezone
),
filled as (
    insert into tracking.notifications (rule, receiver_type, receiver_id, day, person, value, before, threshold, details,
                                        due_at, expires_at, state, settled_at)
    select %(rule)s, case when %(digest)s then 'owner' else %(type)s end, told.id, %(day)s::date, told.person, value, before,
           threshold, details, times.due, times.expiry,
           case when since is null then 'pending' else 'opted out' end, case when since is not null then now() end
      from told
      left join people using (person)
      join unnest(%(zones)s::text[], %(dues)s::timestamptz[], %(expiries)s::timestamptz[]) as times (zone, due, expiry)
        on times.zone = coalesce(people.zone, %(reporting)s)
      left join tracking.notification_optouts on notification_optouts.person = told.person and kind = %(kind)s
    on conflict do nothing
    returning 1
)
select count(*) from filled
