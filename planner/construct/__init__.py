"""The construct: rods through the heads, reduction of a slip, and what speaks against it."""
