"""For teaching: the techniques side by side on one bone."""
