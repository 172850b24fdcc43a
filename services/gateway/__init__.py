"""The web pages that people watch and operate: HTTP, WebSocket, a client of the gRPC services."""
