"""Reads SQLAlchemy's metadata as a schema. Import it only where SQLAlchemy is already imported."""
