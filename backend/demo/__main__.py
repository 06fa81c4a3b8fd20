"""`python -m backend.demo`: fill an empty, migrated database and print the log-ins. Demo profile only."""

import sys

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError, ProgrammingError

from backend.database import create_database_engine, session_factory
from backend.demo.fill import PASSWORD, describe, fill
from backend.demo.staff import MEMBERS, TOTP_SECRET, add_demo_staff
from backend.settings import Settings, get_settings


def main(settings: Settings | None = None) -> int:
    """Exit status: 0 filled or filled before, 1 refused."""
    try:
        settings = settings or get_settings()
    except ValidationError as error:
        print("; ".join(fact["msg"] for fact in error.errors()), file=sys.stderr)
        return 1
    if not settings.demo:
        print("Demo data are for the demo profile: BACKEND_PROFILE is production.", file=sys.stderr)
        return 1
    engine = create_database_engine(settings.database_url)
    try:
        with session_factory(engine).begin() as session:
            done = fill(session)
            add_demo_staff(session, settings)
            markets = describe(session)
    except (OperationalError, ProgrammingError) as error:
        print(f"The database is not ready ({error.orig}). Run: python -m backend.migrate", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    print("Demo data added." if done else "The database has data already: nothing added.")
    for market, filled in markets.items():
        print(f"  {market}: {filled.people} people, {filled.policies} policies, {filled.providers} providers")
        print(f"      log-ins: {', '.join(filled.usernames)}   password: {PASSWORD}")
        if filled.newcomer:
            print(f"      no account yet: {', '.join(f'{k} {v}' for k, v in filled.newcomer.items())}")
    print("  staff of the CARE desk (/care; administrators also /office of the backend):")
    for member in MEMBERS:
        print(f"      {member.role}: {member.username} ({member.name})")
    print(f"      password: {PASSWORD}   secret of the one-time passwords: {TOTP_SECRET}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
