"""What the delivery workers send with: pushes always, mail when it is set up."""

from __future__ import annotations

from hosts.database import Database
from hosts.notices.delivery import Outcome
from hosts.notices.outbox_store import Subscription
from web.notices.mail import Mailer, smtp_server
from web.notices.push import WebPush, load_key
from web.settings import Settings


class Outside:
    def __init__(self, web_push: WebPush, mailer: Mailer | None, site: str) -> None:
        self.web_push = web_push
        self._mailer = mailer
        self._site = site

    @property
    def mails(self) -> bool:
        return self._mailer is not None

    @property
    def site(self) -> str:
        return self._site

    async def push(self, to: Subscription, title: str, body: str, path: str, tag: str, urgent: bool) -> Outcome:
        return await self.web_push.push(to, title, body, path, tag, urgent)

    async def mail(self, to: str, subject: str, text: str, key: str) -> Outcome:
        return Outcome.FAILED if self._mailer is None else await self._mailer.mail(to, subject, text, key)


async def open_outside(settings: Settings, database: Database) -> Outside:
    """Raises: ValueError for a mail server's address that cannot be read."""
    site = settings.public_url or f"http://{settings.host}:{settings.port}"
    contact = f"mailto:{settings.mail_from}" if "@" in settings.mail_from else site
    web_push = WebPush(await load_key(database), contact, settings.push_services)
    mailer = Mailer(smtp_server(settings.smtp_url), settings.mail_from, site) if settings.smtp_url else None
    return Outside(web_push, mailer, site)
