"""Live subtitling sessions over gRPC."""
