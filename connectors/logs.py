"""Logs: one JSON object a line. Conversation ids and facts go in; texts of people and secrets never do."""

import logging
import traceback

import structlog


def configure_logs(level: str = "INFO") -> None:
    """Route structlog and the standard library's loggers to JSON lines on standard error."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        drop_local_variables,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    # Addresses of secure pages carry their token: neither side's access log may be written.
    for name in ("httpx", "httpcore", "telegram", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)


def drop_local_variables(
    _logger: structlog.typing.WrappedLogger, _name: str, entry: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Keep the traceback's lines only: local variables of a failing function may hold texts."""
    error = entry.get("exc_info")
    if isinstance(error, tuple):
        # As the standard library hands it over.
        error = error[1]
        entry["exc_info"] = error
        entry["error_type"] = type(error).__name__
    if isinstance(error, BaseException):
        entry.pop("exc_info")
        frames = traceback.extract_tb(error.__traceback__)
        entry["at"] = [f"{frame.filename}:{frame.lineno}" for frame in frames][-8:]
    return entry
