"""`python -m backend.staff invite NAME --role administrator` prints a one-time link · `disable NAME` shuts out.

`invite` makes NAME known, or, with --reset, takes away the password and the one-time password that NAME had.
`rekey` brings every stored one-time password under BACKEND_STAFF_KEY, so that BACKEND_STAFF_KEYS_BEFORE can go.
"""

import argparse
import sys

from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from backend.database import create_database_engine, session_factory
from backend.errors import Fault
from backend.settings import Settings, get_settings
from backend.staff.access import ROLES
from backend.staff.invitations import invite
from backend.staff.keys import rekey
from backend.staff.members import USUAL_LIMIT, create_member, disable_by_name, find_by_name

ACTOR = "operator"


def main(arguments: list[str] | None = None, settings: Settings | None = None) -> int:
    """Exit status: 0 done, 1 refused (the reason is on standard error)."""
    options = _parser().parse_args(arguments)
    settings = settings or get_settings()
    engine = create_database_engine(settings.database_url)
    try:
        with session_factory(engine).begin() as session:
            if options.command == "rekey":
                return _rekey(session, settings)
            if options.command == "disable":
                if not disable_by_name(session, options.username, ACTOR):
                    raise ValueError("nobody of that name is let in")
                return 0
            token = _invite(session, options, settings)
    except (OperationalError, ProgrammingError) as error:
        print(f"The database is not ready ({error.orig}). Run: python -m backend.migrate", file=sys.stderr)
        return 1
    except Fault as fault:
        print(f"Refused: {fault.code}.", file=sys.stderr)
        return 1
    except ValueError as error:
        print(f"Refused: {error}.", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    hours = settings.staff_invitation_seconds / 3600
    print(f"{settings.public_url.rstrip('/')}/care/invitations/{token}")
    print(f"The link is good once, for {hours:g} hours. Give it to nobody else.", file=sys.stderr)
    return 0


def _invite(session: Session, options: argparse.Namespace, settings: Settings) -> str:
    staff = find_by_name(session, options.username)
    if staff is None:
        if options.reset or options.role is None:
            raise ValueError("nobody has that name" if options.reset else "a new member needs --role")
        staff = create_member(
            session,
            options.username,
            options.name or options.username,
            options.role,
            languages=options.languages,
            markets=options.markets,
            limit=options.limit,
            actor=ACTOR,
        )
    elif staff.disabled_at is not None:
        raise ValueError("the name is shut out; an administrator lets it in again under /care/staff")
    elif not options.reset:
        raise ValueError("the name is in the directory; --reset takes their password away and invites anew")
    return invite(session, staff.id, settings, ACTOR)


def _rekey(session: Session, settings: Settings) -> int:
    done = rekey(session, settings, ACTOR)
    print(f"{done.moved} brought under the newest key, {done.fitting} under it already.")
    if done.lost:
        names = ", ".join(done.lost)
        print(f"No key fits what is stored of: {names}. Invite them anew (--reset).", file=sys.stderr)
    return 1 if done.lost else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m backend.staff", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    wanted = commands.add_parser("invite", help="print a one-time link with which a password is chosen")
    wanted.add_argument("username")
    wanted.add_argument("--role", choices=ROLES)
    wanted.add_argument("--name", help="as colleagues and customers read it")
    wanted.add_argument("--languages", type=_words, default=[], help="such as it,sr")
    wanted.add_argument("--markets", type=_words, default=[], help="such as it,rs")
    wanted.add_argument(
        "--limit",
        type=int,
        default=USUAL_LIMIT,
        choices=range(1, 51),
        metavar="1-50",
        help="conversations at once",
    )
    wanted.add_argument("--reset", action="store_true", help="invite somebody anew who is in already")
    commands.add_parser("disable", help="shut somebody out, at once").add_argument("username")
    commands.add_parser("rekey", help="encrypt every one-time password with the newest key")
    return parser


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


if __name__ == "__main__":
    sys.exit(main())
