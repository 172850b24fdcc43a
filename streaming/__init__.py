"""Live audio to live subtitles, pure of gRPC and HTTP."""
