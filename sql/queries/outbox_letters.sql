-- All that is pending for people, up to a day each, and locks it: what is due later that day comes along. Nothing that a person
-- stopped, or that is not theirs any more. persons, days; rules: of the channel that are not paused; now.
   select told.rule, told.receiver_type, told.receiver_id, told.day, told.person, value, before, threshold, told.expires_at,
          title, receivers.url, (details ->> 'receivers')::bigint as receivers, theirs.parts,
          details -> 'beside' as beside
     from unnest(%(persons)s::text[], %(days)s::date[]) as taken (person, day)
     join tracking.notifications as told on told.person = taken.person and told.day <= taken.day
     join tracking.notification_rules as rule on rule.rule = told.rule
     left join tracking.receivers
            on receivers.receiver_type = told.receiver_type and receivers.receiver_id = told.receiver_id
     left join tracking.receiver_types on receiver_types.receiver_type = told.receiver_type
     left join lateral (
          select jsonb_agg(part order by place) as parts
            from jsonb_array_elements(details -> 'parts') with ordinality as listed (part, place)
            join tracking.receivers as mine
              on mine.receiver_type = rule.receiver_type
             and mine.receiver_id = part ->> 0
             and mine.owner = told.receiver_id) as theirs on details is not null
    where told.state = 'pending'
      and told.rule = any (%(rules)s)
      and told.expires_at > %(now)s
      and not exists (select
                        from tracking.notification_optouts as stopped
                       where stopped.person = told.person and stopped.kind = rule.kind)
      and (per = 'owner'
           or told.person = tracking.person_of(coalesce(id_is_person, false), coalesce(owner_is_person, false),
                                               told.receiver_id, receivers.owner))
 order by told.person, told.receiver_type, told.receiver_id, told.day, told.rule
      for update of told
