"""The show and its media: lifecycle, show clock, timeline and the media engine."""
