"""Text to joined speech."""
