"""The srt format."""
