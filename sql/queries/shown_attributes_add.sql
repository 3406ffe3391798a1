-- Shows an attribute of receivers from the next shown_attributes_make on: attribute.
insert into tracking.shown_attributes (attribute) values (%(attribute)s) on conflict (attribute) do nothing
