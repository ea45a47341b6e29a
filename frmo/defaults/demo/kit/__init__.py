"""A small tool kit, written by agents."""
