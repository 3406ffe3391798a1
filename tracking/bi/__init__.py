"""The star schema `analytics`: its people, its attributes, what it says of itself, and who reads it."""
