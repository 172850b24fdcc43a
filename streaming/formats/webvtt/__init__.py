"""The webvtt format."""
