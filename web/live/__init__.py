"""The live channel: one WebSocket per visitor of a show, described in docs/protocol.md."""
