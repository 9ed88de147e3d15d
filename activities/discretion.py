"""What goes wrong in an activity is told to Temporal in our own words alone: a library's may hold people's data."""

import traceback
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

log = structlog.get_logger()


class Discretion(Interceptor):
    """Of an error that nobody foresaw Temporal gets the kind and the place; of a foreseen one, its own sentence."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Discreet(next)


class _Discreet(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        try:
            return await super().execute_activity(input)
        except FailureError as error:
            raise error from None  # its cause, too, would be told
        except Exception as error:
            kind = type(error).__name__
            place = "".join(traceback.format_tb(error.__traceback__))
            log.warning("activity failed", activity=activity.info().activity_type, error=kind, place=place)
            told = ApplicationError(f"{kind}; the worker's log says where", type=kind)
            raise told.with_traceback(error.__traceback__) from None
