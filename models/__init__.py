"""What runs: the catalogue, the store and the engines."""
