-- Makes a login for BI, and says whether the size of its temporary files could be limited. Parameters: login, verifier (of
-- the password, or null), connections, seconds of a query, work_mem and temp_files in megabytes. One row; some milliseconds.
select tracking.bi_grant(%(login)s, %(verifier)s, %(connections)s, %(seconds)s, %(work_mem)s, %(temp_files)s)
