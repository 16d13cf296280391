"""Auctions with bidders on slow lines, judged by the product's own rules."""
