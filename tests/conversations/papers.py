"""The papers a customer of the tests hands in: a bill as a PDF and a photo, each one nobody handed in before."""

import os
from pathlib import Path

import PIL.Image

from tests.backend.documents import bills

# Other countries have papers in whatever language.
BILLS = {"it": bills.ITALIAN, "rs": bills.SERBIAN_LATIN, "id": bills.INDONESIAN}


def make_bill(folder: Path, market: str, mark: str) -> Path:
    """A bill of the market's country as a PDF; `mark` makes it one of a kind."""
    path = folder / "bill.pdf"
    path.write_bytes(bills.make_pdf(f"{BILLS.get(market, bills.ITALIAN)}\n{folder.name} {mark}"))
    return path


def make_photo(folder: Path) -> Path:
    """A photo of a paper as a phone takes it."""
    path = folder / "photo.jpg"
    # Photos are stored without what cameras write into them: the picture itself has to differ, and noise does.
    PIL.Image.frombytes("L", (400, 300), os.urandom(400 * 300)).save(path, quality=85)
    return path
