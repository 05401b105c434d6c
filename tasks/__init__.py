"""Celery: the workers' side. Thin shells around the line, the streams and the generators of answers."""
