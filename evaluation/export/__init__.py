"""A generator for other programs: Keras file, SavedModel, model card."""
