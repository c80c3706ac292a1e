"""Copying bytes from file to file inside the kernel, without a way through this process."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path

CLONE = 0x40049409  # FICLONE: both names share the blocks until one of them is written to
UNABLE = frozenset({errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM, errno.EBADF, errno.ETXTBSY})
PIECE = 1 << 20  # bytes through this process, where the kernel cannot


def append_range(source: int, start: int, count: int, target: int) -> None:
    """Append ``count`` bytes of one open file, from ``start`` on, to another at its position.

    :raises OSError: also where the source is shorter than that
    """
    while count:
        try:
            done = os.copy_file_range(source, target, count, start)
        except OSError as error:
            if error.errno not in UNABLE:
                raise
            done = 0
        done = done or _by_hand(source, start, min(count, PIECE), target)
        start, count = start + done, count - done


def copy_file(source: Path, target: Path) -> None:
    """Copy a file's contents; where the file system can, the copy shares the blocks of the original until one of the
    two is changed, so that it costs neither time nor space, and a change of the one never shows in the other."""
    with source.open("rb") as old, target.open("wb") as new:
        if _cloned(old.fileno(), new.fileno()):
            return
        append_range(old.fileno(), 0, os.fstat(old.fileno()).st_size, new.fileno())


def _cloned(source: int, target: int) -> bool:
    try:
        import fcntl
    except ImportError:  # another system
        return False
    with suppress(OSError):
        fcntl.ioctl(target, CLONE, source)
        return True
    return False


def _by_hand(source: int, start: int, count: int, target: int) -> int:
    data = os.pread(source, count, start)
    if not data:
        raise OSError(errno.EIO, "the file ends too early")
    left = memoryview(data)
    while left:
        left = left[os.write(target, left) :]
    return len(data)
