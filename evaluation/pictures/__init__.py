"""Pictures of arrays and of runs: grids, GIFs, walks, curves."""
