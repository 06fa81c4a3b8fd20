"""`python -m backend.audit verify [--head HASH]`: exit 0 when the audit is whole, 1 when it is not."""

import argparse
import sys

from backend.audit.service import holds, verify
from backend.database import begin_reading, create_database_engine, session_factory
from backend.settings import get_settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.audit", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    verify_command = commands.add_parser("verify", help="recompute the hash chain")
    verify_command.add_argument("--head", help="a head printed earlier, which must still be in the chain")
    options = parser.parse_args(arguments)

    engine = create_database_engine(get_settings().database_url)
    with session_factory(engine)() as session:
        begin_reading(session)
        verdict = verify(session)
        if verdict.broken_at is not None:
            print(f"audit broken at entry {verdict.broken_at}; {verdict.entries} entries before it hold")
            return 1
        if options.head and not holds(session, options.head):
            print(f"audit cut: {options.head} is not in it any more")
            return 1
    print(f"audit whole: {verdict.entries} entries, head {verdict.head}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
