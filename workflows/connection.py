"""Connecting to Temporal by the ecosystem's own settings (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TLS, API key)."""

import logging
import os
import sys
from typing import Any, NoReturn

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from workflows import attributes
from workflows.codec import data_converter

_TYPES = {
    SearchAttributeIndexedValueType.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    SearchAttributeIndexedValueType.DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
}


async def connect(payload_keys: str, lazy: bool = False) -> Client:
    """A client by the environment; `lazy` connects at the first call, so a web process starts without Temporal.

    `payload_keys` is the setting AMENDS_PAYLOAD_KEYS: all that write or read claims must be given it.
    """
    options: dict[str, Any] = {"target_host": "localhost:7233", **ClientConfig.load_client_connect_config()}
    return await Client.connect(**options, lazy=lazy, data_converter=data_converter(payload_keys))


def leave(code: int) -> NoReturn:
    """End a process that was connected. Not by `sys.exit`: while the interpreter shuts down, a thread of the SDK that
    still delivers an answer aborts the process with a signal (temporalio/sdk-python, issue 300).
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


async def register_attributes(client: Client) -> None:
    """Make the namespace know our search attributes; raise when one is there with another type."""
    wanted = {key.name: _TYPES[key.indexed_value_type] for key in attributes.ALL}
    known = await _known(client)
    missing = {name: kind for name, kind in wanted.items() if name not in known}
    if missing:
        await _add(client, missing)
        known = await _known(client)
    if wrong := [name for name, kind in wanted.items() if known.get(name) != kind]:
        raise RuntimeError(f"search attributes of another type in namespace {client.namespace}: {', '.join(wrong)}")


async def _known(client: Client) -> dict[str, Any]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request)
    return dict(answer.custom_attributes)


async def _add(client: Client, missing: dict[str, Any]) -> None:
    request = AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
    try:
        await client.operator_service.add_search_attributes(request)
    except RPCError as error:
        if error.status != RPCStatusCode.ALREADY_EXISTS:
            raise
