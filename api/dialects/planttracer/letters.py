"""Login links on their way to people: how often anybody may ask for one, where it leads, and what becomes of it."""

from collections.abc import Sequence
from urllib.parse import urlencode

import structlog
from msgspec import Struct

from api import mail
from api.mail import Letter, MailFault, Undelivered
from api.rate import Rate
from api.services import Services

log = structlog.get_logger()

# A class registers at one moment from behind one address; after that, one every five seconds is plenty.
CLIENT_BURST, CLIENT_PER_SECOND = 120, 1 / 5
# Nobody's mailbox shall be filled by somebody else.
MAILBOX_BURST, MAILBOX_PER_SECOND = 5, 1 / 600
BUSY = "Too many requests. Please wait a few minutes and try again."

SUBJECT = "Your Plant Tracer login link"
TEXT = """Hello,

this link logs you in to Plant Tracer:

{link}

It is yours alone: whoever has it can see and change your movies.
If you did not ask for it, ignore this letter.
"""


class Link(Struct, frozen=True):
    """A key to send to whoever reads the mail of this address."""

    email: str
    key: str


class Letters:
    """Sends login links; where no mail server is set, each is told to the operator in the log instead."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._clients = Rate(CLIENT_PER_SECOND, CLIENT_BURST, refusal=BUSY)
        self._mailboxes = Rate(MAILBOX_PER_SECOND, MAILBOX_BURST, refusal=BUSY)

    def admit(self, address: str) -> None:
        """Count a request that needs no key. address: the client's. Raises TooMany."""
        self._clients.take(address)

    def spare(self, email: str) -> None:
        """Count a letter to this mailbox, whether there is anybody or not. Raises TooMany."""
        self._mailboxes.take(email)

    def send(self, links: Sequence[Link], endpoint: str | None) -> None:
        """Send each its link, none to only try the server. Raises Undelivered, after telling the operator the links."""
        base = self._base(endpoint)
        told = [(link.email, f"{base}/login?{urlencode({'api_key': link.key})}") for link in links]
        letters = [Letter(email, SUBJECT, TEXT.format(link=address)) for email, address in told]
        try:
            mail.deliver(self._services.settings, letters)
        except Undelivered as error:
            if error.fault is MailFault.NO_MAILER:
                for email, address in told:
                    log.info("login link, for want of a mail server", email=email, link=address)
            raise

    def _base(self, endpoint: str | None) -> str:
        """Return where the link leads: as the page asks, if it is ours, for else a stranger could have keys sent to them."""
        ours = self._services.settings.url()
        asked = endpoint or ""
        known = (origin for origin in self._services.origins() if f"{asked}/".startswith(f"{origin}/"))
        return next(known, ours)
