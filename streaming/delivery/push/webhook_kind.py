"""Webhooks as a kind of output."""

from __future__ import annotations

from typing import Final

from streaming.delivery.kinds import OutputKind
from streaming.delivery.push.webhook import WebhookConfig, WebhookOutput

KIND: Final = OutputKind(
    name="webhook",
    summary="A session's events as signed JSON (Standard Webhooks), in order, at least once.",
    config=WebhookConfig,
    open=WebhookOutput,
    finish_seconds=lambda config: config.drain_seconds,
    secret=frozenset({"url", "secrets", "headers", "proxy"}),
)
