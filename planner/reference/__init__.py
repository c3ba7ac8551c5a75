"""What the literature says: tables with a source on every row."""
