"""Bounds for gunicorn's connections: none lasts for ever, takes any number of bytes, or keeps others from running.

docs/decisions/0021 says why. gunicorn's master loads this before the workers exist, and gevent patches psycopg when a
worker imports it. So only functions that a worker calls import parts of `tracking`.
"""
