"""Which models this server knows."""
