"""Which laminae come off, where the troughs run, what is gained and what is left."""
