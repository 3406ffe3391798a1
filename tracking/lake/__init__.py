"""The lake: history as Apache Iceberg tables, on disk or S3, a day of arrival at a time. Decision 31 says why so.

Only `errors.py`, `urls.py` and `jobs.py` work without the packages of requirements.txt beside this file.
"""
