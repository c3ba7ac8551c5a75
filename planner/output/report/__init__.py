"""The report: one HTML file that needs neither network nor program, made from a plan document and its bones."""

from planner.output.report.page import FILE, Parts, Seen, figures_of, parts_of, write_figures, write_report

__all__ = ["FILE", "Parts", "Seen", "figures_of", "parts_of", "write_figures", "write_report"]
