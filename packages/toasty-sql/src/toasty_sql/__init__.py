"""What the SQL backends of Toasty share: DDL text, the journal table, introspection helpers."""
