"""Reports for people: the audit trail as a table, HTML or JSON."""

from __future__ import annotations

from zkattest.reports.audit import audit_cells, audit_html, audit_json, audit_rows, audit_table

__all__ = ["audit_cells", "audit_html", "audit_json", "audit_rows", "audit_table"]
