"""Files to a `Case`: meshes and folders of meshes, with frame, unit, side and level checks."""
