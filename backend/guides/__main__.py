"""`python -m backend.guides add MARKET LANGUAGE FILE.pdf --title TITLE`: a guide becomes answers."""

import argparse
import sys
from pathlib import Path

from backend.database import create_database_engine, session_factory
from backend.errors import NotFound
from backend.guides.service import NotReadable, add_guide, read_pdf
from backend.markets.service import get_market
from backend.settings import get_settings


def main(arguments: list[str] | None = None) -> int:
    """0 when the guide was added, 2 when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m backend.guides")
    commands = parser.add_subparsers(required=True)
    add = commands.add_parser("add", help="add a PDF, in the place of the guide with the same title")
    add.add_argument("market")
    add.add_argument("language")
    add.add_argument("file", type=Path)
    add.add_argument("--title", help="how customers are told it is called; the file's name if not given")
    given = parser.parse_args(arguments)
    try:
        if given.language not in get_market(given.market).languages:
            raise NotReadable(f"{given.language} is not spoken in {given.market}")
        pages = read_pdf(given.file)
    except NotFound:
        print(f"There is no market {given.market}.", file=sys.stderr)
        return 2
    except NotReadable as error:
        print(error, file=sys.stderr)
        return 2
    engine = create_database_engine(get_settings().database_url)
    with session_factory(engine).begin() as session:
        title = given.title or given.file.stem
        guide = add_guide(session, given.market, given.language, title, pages)
        print(f"{guide.title}: {guide.pages} pages, {len(guide.passages)} passages")
    engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
