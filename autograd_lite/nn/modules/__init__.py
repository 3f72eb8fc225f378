"""What networks are made of: `Module` and the modules."""
