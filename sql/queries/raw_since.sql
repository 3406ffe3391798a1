-- Since when every raw event is kept (null: there is none), and whether older ones are counted.
select tracking.raw_since(), exists (select from tracking.event_counts_15min where start < tracking.raw_since())
