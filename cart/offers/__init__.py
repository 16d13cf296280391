"""Offers and counter-offers: pure rules, their SQL and the service."""
