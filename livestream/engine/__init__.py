"""The Python media engine: bytes of UDP in, bytes of UDP out, on a thread and event loop of its own.

Two halves meet in ``ports.py``: the connection side (demultiplexing, STUN and ICE-lite, DTLS, SRTP, SDP) turns datagrams
into plain RTP and RTCP and back; the forwarding side decides which viewer gets which packet, on which clock.
"""
