"""Mails to a person, in their language and script, at the address that is known."""

from sqlalchemy.orm import Session

from backend.notifications.service import Pdf, queue_mail
from backend.people.models import Person


def write_to(
    session: Session,
    person: Person,
    key: str,
    variables: dict[str, str] | None = None,
    *,
    address: str | None = None,
    attachment: Pdf | None = None,
) -> None:
    """Queue the mail `key`, which may always use `{name}`; to another `address` where one is given.

    Nobody is written to who has none: a mail tells what is known otherwise too.
    """
    to = address or person.email
    if to is None:
        return
    queue_mail(
        session,
        to=to,
        key=key,
        language=person.language,
        script=person.script,
        variables={"name": person.full_name, **(variables or {})},
        attachment=attachment,
    )
