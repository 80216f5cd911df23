"""Releases: a new version comes to users by and by, and goes if it does harm."""
