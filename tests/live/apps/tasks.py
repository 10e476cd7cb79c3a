"""A Celery app: each task enqueues an event."""

import os
from pathlib import Path

from celery import Celery
from columba_producer import Producer

folder = Path(os.environ["TASKS_FOLDER"])
app = Celery(broker="filesystem://")
app.conf.broker_transport_options = {
    "data_folder_in": str(folder),
    "data_folder_out": str(folder),
    "control_folder": str(folder / "control"),
}
app.conf.task_ignore_result = True
columba = Producer.from_env()
if "TASKS_BEGIN" in os.environ:  # in the worker's parent, before it forks
    columba.enqueue("worker.started", to="bob@example.com")


@app.task(name="tell")  # type: ignore[untyped-decorator] # Celery brings no types
def tell(number: int) -> None:
    """Enqueue one event, under an idempotency key: Celery may run a task twice."""
    columba.enqueue("task.done", to="bob@example.com", context={"pid": os.getpid()}, idempotency_key=f"task {number}")
