"""Outputs that send text to others' servers: YouTube and Zoom captions, webhooks (docs/PUSH.md)."""
