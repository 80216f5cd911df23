"""How a new version gets to its users, by and by, and who decides whether it stays."""
