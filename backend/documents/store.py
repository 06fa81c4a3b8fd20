"""Where the bytes of documents live, addressed by the SHA-256 of their content.

`BlobStore` is all that the rest knows: another kind of store is a class and a line in `open_blob_store`.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK_BYTES = 1 << 16


class BlobStore(Protocol):
    """Bytes by hash. Writing is atomic and repeatable; an unknown hash is a KeyError."""

    def put(self, sha256: str, path: Path) -> None:
        """Keep the content of `path`, whose hash is `sha256`; `path` may be gone afterwards."""
        ...

    def read(self, sha256: str) -> Iterator[bytes]:
        """The bytes, in pieces."""
        ...

    def delete(self, sha256: str, *, unused_for_seconds: float) -> bool:
        """Remove the blob unless it was put within that time: an upload may just be taking it into use."""
        ...


class FolderStore:
    """Blobs as files in a folder that no web server serves: `blobs/ab/cd/<sha256>`."""

    def __init__(self, folder: Path) -> None:
        self.blobs = folder / "blobs"

    def _path(self, sha256: str) -> Path:
        return self.blobs / sha256[:2] / sha256[2:4] / sha256

    def put(self, sha256: str, path: Path) -> None:
        target = self._path(sha256)
        if target.exists():
            os.utime(target)
            return
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with path.open("rb+") as file:
            os.fsync(file.fileno())
        path.chmod(0o600)
        path.replace(target)
        # The name must survive a power cut too, not only the content.
        for folder in (target.parent, target.parent.parent, self.blobs):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def read(self, sha256: str) -> Iterator[bytes]:
        try:
            file = self._path(sha256).open("rb")
        except FileNotFoundError:
            raise KeyError(sha256) from None
        return _pieces(file)

    def delete(self, sha256: str, *, unused_for_seconds: float) -> bool:
        path = self._path(sha256)
        try:
            if time.time() - path.stat().st_mtime < unused_for_seconds:
                return False
            path.unlink()
        except FileNotFoundError:
            return False
        return True


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK_BYTES):
            yield piece


def open_blob_store(folder: Path) -> BlobStore:
    """The store that the settings name."""
    return FolderStore(folder)
