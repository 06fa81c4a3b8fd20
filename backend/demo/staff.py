"""Staff for the demo profile: agents of each market, a supervisor, an administrator. What is here is public knowledge."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.accounts.passwords import hash_password
from backend.demo.fill import PASSWORD
from backend.markets.service import load_markets
from backend.settings import Settings
from backend.staff.access import Role
from backend.staff.members import create_member, find_by_name
from backend.staff.totp import seal

# For an authenticator, or `oathtool --totp -b`: the one-time passwords of all of them are made of it.
TOTP_SECRET = "CAREDEMOCAREDEMOCAREDEMOCAREDEMO"  # noqa: S105


@dataclass(frozen=True)
class DemoMember:
    """Who is added; without markets of all of them, in all languages."""

    username: str
    name: str
    role: Role
    languages: tuple[str, ...] = ()
    markets: tuple[str, ...] = ()


MEMBERS = (
    DemoMember("agente.it", "Giulia Conti", "agent", ("it",), ("it",)),
    DemoMember("agen.id", "Dewi Lestari", "agent", ("id",), ("id",)),
    DemoMember("agent.rs", "Јелена Петровић", "agent", ("sr",), ("rs",)),
    DemoMember("supervisor", "Marco Ferri", "supervisor"),
    DemoMember("admin", "Ana Kovač", "administrator"),
)


def add_demo_staff(session: Session, settings: Settings) -> None:
    """Add whoever is missing, ready to log in; whoever is there stays as they are."""
    packs = load_markets()
    everything = sorted({language for pack in packs.values() for language in pack.languages})
    for member in MEMBERS:
        if find_by_name(session, member.username) is not None:
            continue
        staff = create_member(
            session,
            member.username,
            member.name,
            member.role,
            languages=member.languages or everything,
            markets=member.markets or sorted(packs),
            actor="operator",
        )
        staff.password_hash = hash_password(PASSWORD)
        staff.totp_secret = seal(TOTP_SECRET, settings)
