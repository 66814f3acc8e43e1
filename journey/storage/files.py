"""Files that are there whole, or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

_OWNER = 0o600


def write_whole(file: Path, content: bytes, *, replace: bool, mode: int = _OWNER) -> None:
    """Write a file at once, on the disk when this returns; only with ``replace`` in the place
    of one that is there. Raises OSError; nothing is left behind then."""
    handle, name = mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.chmod(name, mode)
        if replace:
            os.replace(name, file)
            return
        with suppress(FileExistsError):
            os.link(name, file)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(name)
