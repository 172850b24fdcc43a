"""Speech to text over gRPC."""
