"""Reads Avro files to their end and no further. The compiled decoder of pyiceberg reads memory beyond it."""

from __future__ import annotations

import pyiceberg.avro.file
from pyiceberg.avro.decoder import StreamingBinaryDecoder


class Decoder(StreamingBinaryDecoder):
    """Raises `ValueError` where the data ends within a value. At its end it raises `EOFError`: no block follows."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._length = len(data)

    def read(self, n: int) -> bytes:
        left = self._length - self.tell()
        if 0 < left < n:
            raise ValueError(f"it ends {n - left} bytes too early")
        return super().read(n)


def install() -> None:
    """Lets pyiceberg decode in this way, in this process."""
    vars(pyiceberg.avro.file)["new_decoder"] = Decoder
