"""Training: the loop, its stopping rules, its history, its progress line, its checkpoints."""
