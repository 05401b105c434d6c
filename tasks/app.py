"""The Celery application: two queues, early acknowledgement, no prefetch, a front for whoever is next."""

import warnings

from celery import Celery

from settings import Settings

# The documentation says who should run it; two pages of warning at every start say no more.
warnings.filterwarnings("ignore", message="You're running the worker with superuser privileges")

FRONT = 0
"""kombu's highest priority, and its default: so everything else must say a lower one."""

BASE = 6

QUEUES = {"chat": "interactive", "research": "interactive", "ingest": "ingest"}


def build_app(settings: Settings) -> Celery:
    """The application for these settings; opens no connection."""
    app = Celery("sluice", broker=settings.celery_broker_url)
    app.conf.update(
        imports=["tasks.chat", "tasks.research", "tasks.ingest", "tasks.node"],
        task_acks_late=False,
        worker_disable_prefetch=True,
        worker_prefetch_multiplier=1,
        task_default_priority=BASE,
        broker_transport_options={
            "priority_steps": [FRONT, BASE],
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            "health_check_interval": 5,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_create_missing_queues=True,
        task_routes={f"tasks.{kind}.{kind}": {"queue": queue} for kind, queue in QUEUES.items()},
        worker_proc_alive_timeout=30,
        worker_send_task_events=True,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        broker_pool_limit=4,
    )
    return app


app = build_app(Settings())
