"""Notices by e-mail over SMTP. Errors are told apart: what can pass is retried, what cannot is noted and given up."""

from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import aiosmtplib
from temporalio import activity
from temporalio.exceptions import ApplicationError

import storage.notices
import storage.orders
from activities.mail_texts import letter
from claims.orders import Person
from storage.database import Database
from storage.tables import NoticeRow

_LOGIN_WANTED = (530, 534, 535, 538)


@dataclass(frozen=True)
class Mailbox:
    """Where mail is handed over; `tls` from the start, else STARTTLS when the server offers it."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool
    sender: str

    @classmethod
    def of_url(cls, url: str, sender: str) -> "Mailbox":
        """From smtp://user:password@host:port (STARTTLS when offered) or smtps://... (TLS from the start)."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("AMENDS_SMTP_URL must look like smtp://user:password@host:port")
        tls = parts.scheme == "smtps"
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return cls(parts.hostname, parts.port or (465 if tls else 587), user, password, tls, sender)


class MailActivities:
    def __init__(self, database: Database, mailbox: Mailbox | None, public_url: str) -> None:
        self.database = database
        self.mailbox = mailbox
        self.public_url = public_url

    @activity.defn
    async def send_mail(self, keys: list[str]) -> int:
        """Send those of these notices that still wait; each is marked as it goes. Answers how many went out."""
        if self.mailbox is None:
            return 0
        async with self.database.reading() as session:
            waiting = await storage.notices.to_mail(session, keys)
            people = await storage.orders.find_people(session, {n.person for n in waiting})
        return sum([await self._deliver(self.mailbox, n, people.get(n.person)) for n in waiting])

    async def _deliver(self, mailbox: Mailbox, notice: NoticeRow, person: Person | None) -> bool:
        """Whether it went out. What can pass raises ApplicationError; what cannot is noted, and the others go on."""
        fault = await self._try(mailbox, notice, person)
        async with self.database.writing() as session:
            await storage.notices.mark_mail(session, notice.id, "failed" if fault else "sent", fault)
        return not fault

    async def _try(self, mailbox: Mailbox, notice: NoticeRow, person: Person | None) -> str:
        """Send one letter; why it can never be sent, or an empty text."""
        if person is None or not person.email:
            return "no_address"
        try:
            await self._send(mailbox, self._message(mailbox, notice, person))
        except (ValueError, HeaderParseError):
            return "address_invalid"
        except (aiosmtplib.SMTPException, OSError) as error:
            return _lasting(error)
        return ""

    async def _send(self, mailbox: Mailbox, message: EmailMessage) -> None:
        await aiosmtplib.send(
            message,
            hostname=mailbox.host,
            port=mailbox.port,
            username=mailbox.user,
            password=mailbox.password,
            use_tls=mailbox.tls,
            timeout=10,
        )

    def _message(self, mailbox: Mailbox, notice: NoticeRow, person: Person) -> EmailMessage:
        subject, body = letter(notice.facts, person.language, f"{self.public_url}/v1/claims/{notice.claim_id}")
        message = EmailMessage()
        message["From"], message["Subject"] = mailbox.sender, subject
        message["To"] = Address(addr_spec=person.email)  # one address and nothing else, or ValueError
        message["Message-ID"] = f"<{notice.key.replace('/', '.').replace(':', '.')}@amends>"
        message.set_content(body)
        return message


def _lasting(error: Exception) -> str:
    """Why this letter can never be sent; raises ApplicationError when trying later may help. Names no address."""
    code = _code(error)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) or code in _LOGIN_WANTED:
        raise ApplicationError(f"the mail server refused our login ({code})", type="MailLogin") from None
    if 500 <= code < 600:
        return "address_refused" if isinstance(error, aiosmtplib.SMTPRecipientsRefused) else "letter_refused"
    raise ApplicationError(
        f"mail server: {type(error).__name__} {code or ''}".strip(), type="MailUnavailable"
    ) from None


def _code(error: Exception) -> int:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return max((refused.code for refused in error.recipients), default=0)
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
