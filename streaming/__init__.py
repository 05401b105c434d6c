"""Streams of events: the log of each task, the feed of each person, and how both reach a browser."""
