-- What each receiver is tonight: its owner, its attributes (by: their names), its latest age and its numbers then. Nothing is
-- compared yet.
update tracking.peers
   set owner = shown_owner,
       attributes = array(select receivers.attributes ->> name
                            from unnest(%(by)s::text[]) with ordinality as listed (name, place)
                        order by place),
       age = latest.age, impressions = latest.impressions, views = latest.views, applications = latest.applications,
       comparison = null
  from tracking.receivers
  left join lateral (select age, impressions, views, applications
                       from tracking.peer_ages as counted
                      where counted.receiver_type = receivers.receiver_type
                        and counted.receiver_id   = receivers.receiver_id
                   order by age desc
                      limit 1) as latest on true
 where peers.receiver_type = receivers.receiver_type
   and peers.receiver_id   = receivers.receiver_id
