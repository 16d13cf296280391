"""RTMP ingest, for encoders that do not speak WHIP."""
