"""The audit log: who asked what of which model, append-only and hash-chained (docs/AUDIT.md)."""

from services.audit.log import AuditLog, Verification
from services.audit.records import Action, AuditEntry, AuditRecord

__all__ = ["Action", "AuditEntry", "AuditLog", "AuditRecord", "Verification"]
