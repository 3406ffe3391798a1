-- When numbers may be too low, of which source and names (* for all): the newest 200 such times.
select source, name, since, until from tracking.incomplete_numbers()
