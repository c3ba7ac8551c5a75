"""The walk through the house: a case in, a plan out."""
