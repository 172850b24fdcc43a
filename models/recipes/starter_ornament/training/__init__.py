"""Training of the starter ornament model on a processor."""
