"""Measurements against norms: what is deficient, how the column is aligned, how much room the canal has."""
