"""Ways to sell in a show: flash prices, auctions, drops, giveaways; what a seller allows; the waitlist."""

from __future__ import annotations

import msgspec

from cart.auctions.views import AuctionView, BidLog, NewAuction
from cart.drops import DropView, NewDrop
from cart.flash import FlashView, NewFlash
from cart.giveaways.service import Enter, GiveawayView, NewGiveaway, Proof, Standing
from cart.offers.service import Answer, NewOffer, Offer, OfferList
from cart.terms import SellingTerms
from cart.waitlist import Waiting, Waitings
from web.access import Access
from web.routing import Call, Route


class WaitFor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``show_id``: the show in which the buyer tapped, if any."""

    listing_id: str
    show_id: str | None = None


async def begin_flash(call: Call[NewFlash]) -> FlashView:
    """Lower a piece's price in this show for a while; 409 where its seller does not go so low."""
    return await call.services.cart.flash.begin(call.path["show_id"], call.account_id, call.body)


async def stop_flash(call: Call[None]) -> None:
    """End a flash price before its time. Holds keep it."""
    await call.services.cart.flash.stop(call.path["show_id"], call.path["listing_id"], call.account_id)


async def begin_auction(call: Call[NewAuction]) -> AuctionView:
    """Auction a piece of the lineup, one at a time; it is reserved until the hammer falls."""
    return await call.services.cart.auctions.begin(call.path["show_id"], call.account_id, call.body)


async def cancel_auction(call: Call[None]) -> None:
    """Call an auction off; 409 once somebody has bid."""
    await call.services.cart.auctions.cancel(call.path["auction_id"], call.path["show_id"], call.account_id)


async def auction(call: Call[None]) -> AuctionView:
    """How an auction stands."""
    return await call.services.cart.auctions.view(call.path["auction_id"])


async def bid_log(call: Call[None]) -> BidLog:
    """Every bid, chained by hashes, to be kept and checked: docs/auctions.md says how."""
    return await call.services.cart.auctions.log(call.path["auction_id"], call.viewer_id)


async def announce_drop(call: Call[NewDrop]) -> DropView:
    """Announce several sizes at once; nobody can claim one before it opens."""
    return await call.services.cart.drops.announce(call.path["show_id"], call.account_id, call.body)


async def close_drop(call: Call[None]) -> None:
    """End a drop: what is left is sold like anything else."""
    await call.services.cart.drops.close(call.path["show_id"], call.path["drop_id"], call.account_id)


async def open_giveaway(call: Call[NewGiveaway]) -> GiveawayView:
    """Give a piece of one's own away to somebody who watches; its draw is committed to now."""
    return await call.services.cart.giveaways.open(call.path["show_id"], call.account_id, call.body)


async def enter_giveaway(call: Call[Enter]) -> Standing:
    """Enter, and say again every few seconds that one is still there; 409 says why not."""
    return await call.services.cart.giveaways.enter(call.path["giveaway_id"], call.account_id, call.body.salt)


async def giveaway(call: Call[None]) -> Standing:
    """How a giveaway stands for the one who asks."""
    return await call.services.cart.giveaways.standing(call.path["giveaway_id"], call.viewer_id)


async def giveaway_proof(call: Call[None]) -> Proof:
    """All that is needed to draw again: docs/giveaways.md says how."""
    return await call.services.cart.giveaways.proof(call.path["giveaway_id"])


async def make_offer(call: Call[NewOffer]) -> Offer:
    """Offer the seller a price; they have a day to answer."""
    return await call.services.cart.offers.make(call.account_id, call.body)


async def offers(call: Call[None]) -> OfferList:
    """Offers made and received, the newest change first."""
    return await call.services.cart.offers.list(call.account_id)


async def answer_offer(call: Call[Answer]) -> Offer:
    """Accept, decline, counter or withdraw. What is agreed is held for the buyer at that price."""
    return await call.services.cart.offers.answer(call.account_id, call.path["offer_id"], call.body)


async def terms(call: Call[None]) -> SellingTerms:
    """What the seller allows for this listing."""
    return await call.services.cart.terms.view(call.path["listing_id"])


async def change_terms(call: Call[SellingTerms]) -> SellingTerms:
    """Say how low hosts may go, whether offers are welcome, and how many one buyer may have."""
    return await call.services.cart.terms.change(call.path["listing_id"], call.body)


async def wait_for(call: Call[WaitFor]) -> Waiting:
    """Stand in line for a piece that somebody else holds: when it comes free, the next in line has it."""
    return await call.services.cart.waitlist.join(call.account_id, call.body.listing_id, call.body.show_id)


async def stop_waiting(call: Call[None]) -> None:
    """Leave the line."""
    await call.services.cart.waitlist.leave(call.account_id, call.path["listing_id"])


async def waiting(call: Call[None]) -> Waitings:
    """What one waits for, with one's place in each line."""
    return await call.services.cart.waitlist.view(call.account_id)


SHOW = "/api/shows/{show_id}"
GIVEAWAY = "/api/giveaways/{giveaway_id}"
TERMS = "/api/listings/{listing_id}/terms"

ROUTES = (
    Route("POST", SHOW + "/flash", begin_flash, Access.SHOW_HOST, body=NewFlash, returns=FlashView, status=201),
    Route("DELETE", SHOW + "/flash/{listing_id}", stop_flash, Access.SHOW_HOST, status=204),
    Route(
        "POST", SHOW + "/auctions", begin_auction, Access.SHOW_HOST, body=NewAuction, returns=AuctionView, status=201
    ),
    Route("DELETE", SHOW + "/auctions/{auction_id}", cancel_auction, Access.SHOW_HOST, status=204),
    Route("GET", "/api/auctions/{auction_id}", auction, Access.ANYONE, returns=AuctionView),
    Route("GET", "/api/auctions/{auction_id}/log", bid_log, Access.ANYONE, returns=BidLog),
    Route("POST", SHOW + "/drops", announce_drop, Access.SHOW_HOST, body=NewDrop, returns=DropView, status=201),
    Route("DELETE", SHOW + "/drops/{drop_id}", close_drop, Access.SHOW_HOST, status=204),
    Route(
        "POST", SHOW + "/giveaways", open_giveaway, Access.SHOW_HOST, body=NewGiveaway, returns=GiveawayView, status=201
    ),
    Route("GET", GIVEAWAY, giveaway, Access.ANYONE, returns=Standing),
    Route("PUT", GIVEAWAY + "/entry", enter_giveaway, Access.SIGNED_IN, body=Enter, returns=Standing),
    Route("GET", GIVEAWAY + "/proof", giveaway_proof, Access.ANYONE, returns=Proof),
    Route("POST", "/api/offers", make_offer, Access.SIGNED_IN, body=NewOffer, returns=Offer, status=201),
    Route("GET", "/api/offers", offers, Access.SIGNED_IN, returns=OfferList),
    Route("PATCH", "/api/offers/{offer_id}", answer_offer, Access.OFFER_PARTY, body=Answer, returns=Offer),
    Route("GET", TERMS, terms, Access.ANYONE, returns=SellingTerms),
    Route("PUT", TERMS, change_terms, Access.LISTING_OWNER, body=SellingTerms, returns=SellingTerms),
    Route("POST", "/api/waitlist", wait_for, Access.SIGNED_IN, body=WaitFor, returns=Waiting, status=201),
    Route("GET", "/api/waitlist", waiting, Access.SIGNED_IN, returns=Waitings),
    Route("DELETE", "/api/waitlist/{listing_id}", stop_waiting, Access.SIGNED_IN, status=204),
)
