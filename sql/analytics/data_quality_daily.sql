-- What came in and what became of it, by the day of arrival, from the ledger. It runs with its owner's rights: marketing
-- needs none in schema tracking. A line that an older version wrote does not say how many of its events were late, but
-- in which period they happened: usually all of them on that day, or none.
-- The timezone stands in the text: so TimescaleDB finds the chunks of a condition on `time`.
do $do$
begin
    execute format($view$
create or replace view analytics.data_quality_daily with (security_barrier) as
select (arrived.time at time zone %1$L)::date as day,
       arrived.time,
       arrived.source,
       arrived.name as event_name,
       arrived.received,
       arrived.accepted,
       arrived.repeat,
       arrived.bot,
       arrived.own,
       arrived.duplicate,
       arrived.conflict,
       arrived.rejected,
       arrived.late,
       round(arrived.late::numeric / nullif(arrived.received - arrived.rejected, 0), 4) as share_late,
       arrived.last_received_at,
       arrived.prefetch
  from (  select time_bucket(interval '1 day', received_at, %1$L) as time,
                 source,
                 name,
                 sum(events)::bigint as received,
                 coalesce(sum(events) filter (where verdict = 'accepted'), 0)::bigint as accepted,
                 coalesce(sum(events) filter (where verdict = 'repeat'), 0)::bigint as repeat,
                 coalesce(sum(events) filter (where verdict = 'bot'), 0)::bigint as bot,
                 coalesce(sum(events) filter (where verdict = 'own'), 0)::bigint as own,
                 coalesce(sum(events) filter (where verdict = 'prefetch'), 0)::bigint as prefetch,
                 coalesce(sum(events) filter (where verdict = 'duplicate'), 0)::bigint as duplicate,
                 coalesce(sum(events) filter (where verdict = 'conflict'), 0)::bigint as conflict,
                 coalesce(sum(events) filter (where verdict = 'rejected'), 0)::bigint as rejected,
                 sum(coalesce(late, case when occurred_to < date_trunc('day', received_at, %1$L)
                                         then events else 0 end))::bigint as late,
                 max(received_at) as last_received_at
            from tracking.ingest_ledger
           group by 1, 2, 3) as arrived
    $view$, current_setting('footfall.reporting_timezone'));
end
$do$;

comment on view analytics.data_quality_daily is
    'What came in by the day of arrival, source and event name, and what became of it. The ledger is kept as long as the raw events.';
comment on column analytics.data_quality_daily.day        is 'Day on which the events arrived, in the reporting timezone; joins dim_date.';
comment on column analytics.data_quality_daily.time       is 'First instant of the day.';
comment on column analytics.data_quality_daily.source     is 'App that sent the events.';
comment on column analytics.data_quality_daily.event_name is 'What happened; empty where what was sent has no valid name.';
comment on column analytics.data_quality_daily.received   is 'Events that arrived: the sum of the seven columns that follow, and of prefetch.';
comment on column analytics.data_quality_daily.accepted   is 'Events that count.';
comment on column analytics.data_quality_daily.repeat     is 'Double fires, as two clicks within two seconds: stored, not counted.';
comment on column analytics.data_quality_daily.bot        is 'Events of crawlers: stored, not counted.';
comment on column analytics.data_quality_daily.own        is 'People''s views of their own receivers: stored, not counted.';
comment on column analytics.data_quality_daily.duplicate  is 'Events that were stored already: retries.';
comment on column analytics.data_quality_daily.conflict   is 'Events with the id of a stored one and other content: kept apart, not counted.';
comment on column analytics.data_quality_daily.rejected   is 'Events that are not valid, too old or not allowed: kept apart, not counted.';
comment on column analytics.data_quality_daily.late       is 'Events whose own day was over when they arrived. A rejected event has no day.';
comment on column analytics.data_quality_daily.share_late is 'Late events divided by those that are not rejected, 0 to 1; null where all are rejected.';
comment on column analytics.data_quality_daily.last_received_at is 'When the last of these events arrived.';
comment on column analytics.data_quality_daily.prefetch   is 'Pictures of mails that were fetched before anybody opened them: stored, not counted.';

grant select on analytics.data_quality_daily to footfall_read, marketing;
