"""A recruitment platform that does not exist: its receivers and a month of its traffic, for demos and tests."""

from tracking.demo.cast import receivers
from tracking.demo.traffic import traffic

__all__ = ["CREDENTIALS", "receivers", "traffic"]

CREDENTIALS = "FOOTFALL_CREDENTIALS"
"""The variable of the visitors' process with the credential of each source, as JSON."""
