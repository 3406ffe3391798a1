"""How a receiver does beside similar ones of others, counted each night, told in bands."""

STEPS = ("impressions", "views", "applications")
"""What is counted of a receiver, in the order of the setting PEERS_STEPS."""
RATES = {"opened": ("views", "impressions"), "conversion": ("applications", "views")}
"""Each is so many of the first out of the second."""
AGES = (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365)
"""Days, the first one included, after which a receiver is counted once."""
