"""The chaos run: the real stack under faults, and its promises checked from outside."""
