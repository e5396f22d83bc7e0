"""Measures runs against real images, and keeps the numbers."""
