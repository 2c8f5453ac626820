"""One module a command, named like it: `migrate:up` is `migrate_up.py`, and its command `command`."""
