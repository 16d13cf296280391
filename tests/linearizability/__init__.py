"""Histories of concurrent claims on a real server that is killed, and whether they are those of one piece."""
