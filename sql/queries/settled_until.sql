-- The moment before which arrival is settled: sql/functions/settled_until.sql. A millisecond.
select tracking.settled_until()
