"""Notices by e-mail over SMTP. Errors are told apart: what can pass is retried, what cannot is noted and given up."""

from dataclasses import dataclass
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
    async def send_mail(self, claim_id: str) -> int:
        """Send what is still to be mailed of this claim; each notice is marked as it goes. Answers how many went."""
        if self.mailbox is None:
            return 0
        async with self.database.reading() as session:
            waiting = await storage.notices.to_mail(session, claim_id)
            people = await storage.orders.find_people(session, {n.person for n in waiting})
        for notice in waiting:
            await self._deliver(self.mailbox, notice, people.get(notice.person))
        return len(waiting)

    async def _deliver(self, mailbox: Mailbox, notice: NoticeRow, person: Person | None) -> None:
        if person is None or not person.email:
            return await self._mark(notice, "failed", "no_address")
        try:
            await self._send(mailbox, self._message(mailbox, notice, person))
        except aiosmtplib.SMTPRecipientsRefused:
            return await self._mark(notice, "failed", "address_refused")
        except aiosmtplib.SMTPAuthenticationError as error:
            raise ApplicationError(f"the mail server refused our login ({error.code})", type="MailLogin") from None
        except (aiosmtplib.SMTPException, OSError) as error:
            raise ApplicationError(f"mail server: {type(error).__name__}", type="MailUnavailable") from None
        return await self._mark(notice, "sent")

    async def _mark(self, notice: NoticeRow, state: str, error: str = "") -> None:
        async with self.database.writing() as session:
            await storage.notices.mark_mail(session, notice.id, state, error)

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
        message["From"], message["To"], message["Subject"] = mailbox.sender, person.email, subject
        message["Message-ID"] = f"<{notice.key.replace('/', '.').replace(':', '.')}@amends>"
        message.set_content(body)
        return message
