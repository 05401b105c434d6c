"""The waiting line: who runs, who waits, who is next. PostgreSQL is the truth, Celery's queue the motion."""
