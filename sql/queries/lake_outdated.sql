-- The days that the lake has, and of which rows were put back since. No parameters; reads the notes.
select day from tracking.lake_days where outdated
