"""The rig of the embedded animator: a face mesh, its controls, and the renderer. Imported by ``portrait`` alone, late."""
