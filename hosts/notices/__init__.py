"""What people are told when they are not looking: in the bell of the pages, by Web Push and by mail.

Whoever makes something happen tells those it concerns **in the same transaction**::

    await notices.add(connection, Kind.OUTBID, [buyer_id], about=f"{auction_id}:{bid_number}",
                      path=f"/show/{show_id}", title=listing_title, amount=highest, currency="USD")

Nothing else is to be called: the bell and the delivery workers read what was written. A person gets at most one notice
of a kind about the same thing, however often it is added, also after a restart: ``about`` names the thing.
"""

from hosts.notices.kinds import Kind
from hosts.notices.store import add, add_for_followers, add_for_likers

__all__ = ["Kind", "add", "add_for_followers", "add_for_likers"]
