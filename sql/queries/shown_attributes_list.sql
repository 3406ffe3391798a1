-- The attributes of receivers that dim_receiver shows.
select attribute from tracking.shown_attributes order by attribute
