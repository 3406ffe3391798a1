-- Removes the notes of days that the lake does not have: done (dates that it has).
delete from tracking.lake_days where day <> all (%(done)s::date[])
