-- How many receivers have an attribute: attribute. Reads them all.
select count(*) from tracking.receivers where jsonb_exists(attributes, %(attribute)s)
