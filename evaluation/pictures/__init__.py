"""Pictures of arrays: grids, GIFs, walks, curves."""
