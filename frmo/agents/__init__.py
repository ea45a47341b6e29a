"""Agent processes: what a role is told, and the exchange with its fresh sandboxed process."""
