-- Shows an attribute of receivers no more, from the next shown_attributes_make on: attribute. No row: it was not shown.
delete from tracking.shown_attributes where attribute = %(attribute)s
