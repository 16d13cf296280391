"""HLS playlists (RFC 8216 and its second edition, draft-pantos-hls-rfc8216bis) of what ``livestream.recording`` writes."""
