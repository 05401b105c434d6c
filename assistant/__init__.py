"""Answers and reports, as generators of events. Pure of database, Redis, Celery and web framework."""
