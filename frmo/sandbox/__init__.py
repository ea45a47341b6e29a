"""The one way to run a program that an agent wrote, or that judges what it wrote."""
