"""Mail by SMTP (RFC 5321), when a server is named in the settings."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

import aiosmtplib

from hosts.notices.delivery import Outcome

logger = logging.getLogger(__name__)

TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """``tls``: from the first byte (smtps); otherwise STARTTLS where the server offers it."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool


def smtp_server(url: str) -> SmtpServer:
    """From "smtp://user:password@mail.example.org:587" or "smtps://...". Raises: ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise ValueError("it must look like smtp://user:password@mail.example.org:587, or smtps://")
    tls = parts.scheme == "smtps"
    port = parts.port or (465 if tls else 587)
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return SmtpServer(parts.hostname, port, username, password, tls)


class Mailer:
    def __init__(self, server: SmtpServer, sender: str, site: str) -> None:
        self._server = server
        self._sender = sender
        self._site = site

    async def mail(self, to: str, subject: str, text: str, key: str) -> Outcome:
        """Send one mail. Never raises."""
        server = self._server
        try:
            message = self._message(to, subject, text, key)
        except ValueError:  # an address that mail cannot carry
            return Outcome.FAILED
        try:
            await aiosmtplib.send(
                message,
                hostname=server.host,
                port=server.port,
                username=server.username,
                password=server.password,
                use_tls=server.tls,
                timeout=TIMEOUT,
            )
        except (aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPSenderRefused) as error:
            logger.info("a mail was refused: %s", type(error).__name__)
            return Outcome.FAILED
        except aiosmtplib.SMTPResponseException as error:
            logger.warning("the mail server answered %d", error.code)
            return Outcome.AGAIN if 400 <= error.code < 500 else Outcome.FAILED
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            logger.warning("the mail server does not take mail: %s", error)
            return Outcome.AGAIN
        return Outcome.SENT

    def _message(self, to: str, subject: str, text: str, key: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = " ".join(subject.split())  # what people typed must not end the header
        message["Date"] = formatdate(usegmt=True)
        domain = urlsplit(self._site).hostname or "localhost"
        message["Message-ID"] = f"<{key}@{domain}>"  # the same when it is sent twice, so that a mailbox keeps one
        message["List-Unsubscribe"] = f"<{self._site}/settings>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation answers
        message.set_content(text)
        return message
