"""What sweep_references.py is made of."""
