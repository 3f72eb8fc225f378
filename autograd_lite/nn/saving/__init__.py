"""Models in files: written atomically, read without executing anything, loaded wholly or not at all."""
