"""Arrays become pictures: grids, GIFs, walks, curves."""
