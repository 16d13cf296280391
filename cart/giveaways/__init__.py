"""Giveaways: who may enter, the draw that anybody can verify, their SQL and the service."""
