-- The database's time, which all processes share.
select now()
