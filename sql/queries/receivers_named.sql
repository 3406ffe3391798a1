-- Titles and addresses of receivers of a type: ids. Reads the index.
select receiver_id, title, url from tracking.receivers where receiver_type = %(type)s and receiver_id = any (%(ids)s::text[])
