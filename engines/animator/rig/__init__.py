"""The rig of the embedded animator: a face mesh, its controls, and the renderer. Imported late, by ``portrait``."""
