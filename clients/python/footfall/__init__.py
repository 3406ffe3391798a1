"""Sends events to Footfall in the background. `Client` is all that an app needs."""

from footfall.client import Client
from footfall.events import uuid7

__all__ = ["Client", "uuid7"]
