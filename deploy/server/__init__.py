"""What gunicorn is taught: no connection lasts for ever, takes any number of bytes, or keeps others from running.

docs/decisions/0021 says why. gunicorn's master loads this before the workers exist, and gevent patches psycopg as each
worker imports it: so nothing of `tracking` is imported here but within functions that a worker calls.
"""
