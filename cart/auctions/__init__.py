"""Auctions: pure rules, the chained log of bids, their SQL and the service."""
