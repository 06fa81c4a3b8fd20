"""`python -m backend.office add NAME` (asks for the password, or reads it from standard input) · `disable NAME`."""

import argparse
import getpass
import sys

from backend.database import create_database_engine, session_factory
from backend.office.service import create_staff, disable_staff
from backend.settings import get_settings


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m backend.office", description=__doc__)
    parser.add_argument("command", choices=["add", "disable"])
    parser.add_argument("username")
    options = parser.parse_args(arguments)
    engine = create_database_engine(get_settings().database_url)
    try:
        with session_factory(engine).begin() as session:
            if options.command == "disable":
                if not disable_staff(session, options.username):
                    print("Nobody of that name is let in.", file=sys.stderr)
                    return 1
                return 0
            asked = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
            create_staff(session, options.username, asked)
    except ValueError as error:
        print(f"Not added: {error}.", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
