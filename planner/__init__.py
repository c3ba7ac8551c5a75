"""Plan posterior cervical fusion on vertebral surface meshes (research, teaching and preview)."""

__version__ = "0.1.0"
