"""glTF, binary (GLB) and JSON."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.reading.registry import FileSurface, reader

# glTF 2.0, section 3.4: right-handed, +Y up, +Z forward, -X right, metres. With "forward" as the way a
# patient faces: X grows to the left, Y to the head, Z to the front.
GLTF_SPACE = "LSA"
GLTF_UNIT_MM = 1000.0


@reader(".glb", ".gltf", name="glTF", reads="one surface a node; metres and glTF's axes unless told otherwise")
def read_gltf(path: Path) -> list[FileSurface]:
    """Read every mesh node with its transforms applied, as one surface each, named after the node.

    The result is in glTF's world axes, which the format fixes: metres, x to the patient's left, y to the
    head, z to the front. A file that keeps LPS millimetres in its vertices and turns them by a root node's
    matrix arrives there by that matrix. For a file that was written without regard to glTF's axes,
    ``--space`` and ``--units`` say what its numbers mean.
    """
    import trimesh

    scene = trimesh.load_scene(path, process=False)
    surfaces = []
    for node in sorted(scene.graph.nodes_geometry):
        matrix, geometry = scene.graph[node]
        mesh = scene.geometry[geometry]
        if not hasattr(mesh, "faces"):
            continue
        faces = np.array(mesh.faces) if np.linalg.det(matrix[:3, :3]) > 0 else np.array(mesh.faces)[:, ::-1]
        vertices = np.array(mesh.vertices) @ matrix[:3, :3].T + matrix[:3, 3]
        surfaces.append(
            FileSurface(
                vertices=vertices,
                faces=faces,
                part=str(node),
                space=GLTF_SPACE,
                space_source="format",
                unit_mm=GLTF_UNIT_MM,
            )
        )
    return surfaces
