"""What stops `make up` from starting, in one sentence for the person who typed it."""


class StartError(Exception):
    """Something the person can change; the message is shown alone, without a traceback."""
