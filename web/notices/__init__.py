"""Notices to the outside: Web Push, mail, and who hears that a show has started."""
