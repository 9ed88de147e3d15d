"""The worker: settings -> tools -> activities -> Temporal workers; and running them until told to stop."""

import asyncio
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta

import structlog
from pydantic import ValidationError
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker

import settings as configuration
from activities.delivery import DeliveryActivities
from activities.discretion import Discretion
from activities.embedded_bank import EmbeddedBank
from activities.evidence.store import Store
from activities.mail import MailActivities, Mailbox
from activities.records import RecordActivities
from activities.refunds import RefundActivities
from activities.reputation import ReputationActivities
from activities.reputation_service import ReputationService, service_of
from activities.returns import LabelActivities
from activities.translation.choice import translator_of
from activities.translation.port import Translator
from api.desk import Desk
from ops.sweeper import Sweeper
from settings import Settings
from storage.database import Database
from workflows import QUEUE, REFUND_QUEUE, REPUTATION_QUEUE, TRANSLATION_QUEUE
from workflows.claim import ClaimWorkflow
from workflows.connection import connect, leave, register_attributes
from workflows.mail import MailWorkflow
from workflows.message import MessageWorkflow
from workflows.reputation import ReputationWorkflow
from workflows.runs import Runs
from workflows.sweep import SweepWorkflow, keep_schedule

log = structlog.get_logger()
_DRAIN = timedelta(seconds=20)


def workers(
    client: Client,
    database: Database,
    settings: Settings,
    translator: Translator,
    service: ReputationService | None = None,
) -> list[Worker]:
    """The workers of this process: claims, and on queues of their own refunds, translations and, where there is such
    a service, what it is told."""
    url = settings.smtp_url.get_secret_value()
    mailbox = Mailbox.of_url(url, settings.mail_from) if url else None
    records = RecordActivities(database, mails=mailbox is not None)
    labels = LabelActivities(database, settings.carrier_country, settings.sscc_prefix)
    reputation = ReputationActivities(database, service, settings.terms)
    mail = MailActivities(database, mailbox, settings.public_url)
    refunds = RefundActivities(EmbeddedBank(database))
    delivery = DeliveryActivities(database, translator)
    desk = Desk(
        Runs(client), database, settings.embedded, translates=settings.translator != "off", terms=settings.terms
    )
    sweeper = Sweeper(desk, mails=mailbox is not None, store=Store(settings.evidence_url), tells=service is not None)
    claims = Worker(
        client,
        task_queue=QUEUE,
        workflows=[ClaimWorkflow, MailWorkflow, MessageWorkflow, ReputationWorkflow, SweepWorkflow],
        activities=[records.record, records.remind, records.note_refusal, records.recall,
                    labels.make_label, reputation.post_verdict, mail.send_mail, sweeper.sweep],
        interceptors=[Discretion()],
        max_concurrent_workflow_tasks=20,
        max_concurrent_activities=20,
        max_concurrent_local_activities=20,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        graceful_shutdown_timeout=_DRAIN,
    )  # fmt: skip
    bank = Worker(
        client,
        task_queue=REFUND_QUEUE,
        activities=[refunds.refund],
        interceptors=[Discretion()],
        max_concurrent_activities=10,
        max_task_queue_activities_per_second=settings.refunds_per_second,
        graceful_shutdown_timeout=_DRAIN,
    )
    talk = Worker(
        client,
        task_queue=TRANSLATION_QUEUE,
        activities=[delivery.translate],
        interceptors=[Discretion()],
        max_concurrent_activities=8,
        graceful_shutdown_timeout=_DRAIN,
    )
    if service is None:
        return [claims, bank, talk]
    telling = Worker(
        client,
        task_queue=REPUTATION_QUEUE,
        activities=[reputation.tell_reputation],
        interceptors=[Discretion()],
        max_concurrent_activities=8,
        graceful_shutdown_timeout=_DRAIN,
    )
    return [claims, bank, talk, telling]


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Work until `stop` is set, then finish what is in hand."""
    database = Database(settings.database_url)
    client = await connect(settings.payload_keys.get_secret_value())
    await register_attributes(client)
    if settings.sweep_minutes:
        await keep_schedule(client, timedelta(minutes=settings.sweep_minutes))
    translator, service = translator_of(settings), service_of(settings)
    try:
        async with AsyncExitStack() as running:
            for worker in workers(client, database, settings, translator, service):
                await running.enter_async_context(worker)
            if not settings.embedded:
                log.warning("refunds are booked in the embedded ledger: no payment provider is connected")
            log.info("worker ready", queues=[QUEUE, REFUND_QUEUE, TRANSLATION_QUEUE], namespace=client.namespace)
            await stop.wait()
            log.info("worker drains")
    finally:
        await translator.close()
        if service:
            await service.close()
        await database.close()


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run(settings, stop)


def main() -> int:
    try:
        settings = configuration.load()
    except ValidationError as error:
        sys.stderr.write(configuration.explain(error))
        return 2
    configuration.start_logging(settings)
    try:
        asyncio.run(_main(settings))
    except RuntimeError as error:  # what the SDK raises when nobody answers at TEMPORAL_ADDRESS
        log.error("worker cannot start", reason=str(error)[:300])
        return 1
    return 0


if __name__ == "__main__":
    leave(main())
