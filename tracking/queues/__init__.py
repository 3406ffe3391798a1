"""A queue between the API and the writer: RabbitMQ or Amazon SQS, through kombu.

The API judges rights, time and form, and publishes rows that are ready to be written. `python -m jobs.drain` writes
them. A message may be delivered twice; its id is written with its rows, so that they are booked once.
"""
