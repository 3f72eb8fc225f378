"""What is raised for a file that is no model, or not the model it should be."""


class ModelFileError(ValueError):
    """A file that cannot be loaded; the model is as it was before."""
