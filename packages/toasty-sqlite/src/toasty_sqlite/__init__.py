"""SQLite for Toasty."""
