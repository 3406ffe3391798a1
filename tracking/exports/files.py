"""A file that stands under its name when it is whole, and not before."""

from __future__ import annotations

import errno
import gzip
import os
import secrets
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole(path: Path, *, replace: bool) -> Iterator[IO[bytes]]:
    """A file to write to; compressed if it ends with .gz. It gets its name at the end, on the disk by then.

    An end by an exception leaves nothing; a kill leaves a file `.….part` beside it. `replace`: another file of
    this name goes. Raises `OSError` where it cannot be written, or is a device, of which `FileExistsError` where there
    is such a file.
    """
    path = path.resolve()  # a link stays one
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no regular file; - is standard output", str(path))
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as out:
            if path.suffix == ".gz":
                with gzip.GzipFile("", "wb", fileobj=out, mtime=0) as packed:
                    yield cast("IO[bytes]", packed)
            else:
                yield out
            out.flush()
            os.fsync(out.fileno())
        if replace:
            draft.replace(path)
        else:
            _name(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _name(draft: Path, path: Path) -> None:
    """Gives the file its name, if there is none of this name."""
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        draft.rename(path)
