"""Answers held against the OpenAPI document: every status declared, every body of its declared shape, nothing more."""

import copy
import re
from collections import Counter
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012 as _DIALECT

_DOCUMENT = "urn:document"
Operation = tuple[str, str]  # method and path, as in the document


class Document:
    """An application's OpenAPI document, and which of its (operation, status) have been seen."""

    def __init__(self, app: FastAPI) -> None:
        self.openapi = app.openapi()
        self.operations: dict[Operation, dict[str, Any]] = {
            (method.upper(), path): operation
            for path, operations in self.openapi["paths"].items()
            for method, operation in operations.items()
        }
        self.seen: Counter[tuple[Operation, int]] = Counter()
        exact = Resource.from_contents(_exactly(self.openapi), default_specification=_DIALECT)
        self._registry: Registry[Any] = Registry().with_resource(_DOCUMENT, exact)

    @property
    def declared(self) -> set[tuple[Operation, int]]:
        return {(name, int(s)) for name, operation in self.operations.items() for s in operation["responses"]}

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that a request goes to: the one with the fewest parameters that fits."""
        fitting = [o for o in self.operations if o[0] == method and _pattern(o[1]).fullmatch(path)]
        return min(fitting, key=lambda o: o[1].count("{"), default=None)

    def check(self, answer: httpx.Response) -> None:
        """Raise AssertionError unless the answer is one that the document declares."""
        request = answer.request
        name = self.operation(request.method, request.url.raw_path.decode().partition("?")[0])
        if name is None:
            return
        declared = self.operations[name]["responses"].get(str(answer.status_code))
        assert declared is not None, f"{name} answers {answer.status_code}, which is not declared: {answer.text}"
        self.seen[name, answer.status_code] += 1
        self._check_body(name, declared.get("content", {}), answer)

    def _check_body(self, name: Operation, content: dict[str, Any], answer: httpx.Response) -> None:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert (kind in content) or (not content and not answer.content), f"{name} answers {kind}: {answer.text}"
        if kind.endswith("json"):
            at = f"{_DOCUMENT}#/paths/{_escaped(name[1])}/{name[0].lower()}/responses/{answer.status_code}"
            schema = {"$ref": f"{at}/content/{_escaped(kind)}/schema"}
            checker = Draft202012Validator(schema, registry=self._registry, format_checker=FormatChecker())
            wrong = [f"{e.json_path}: {e.message[:200]}" for e in checker.iter_errors(answer.json())]
            assert not wrong, f"{name} {answer.status_code}: {wrong}"


class Checked(httpx.AsyncBaseTransport):
    """A transport that holds every answer against the document before it is handed out."""

    def __init__(self, transport: httpx.AsyncBaseTransport, document: Document) -> None:
        self._transport, self._document = transport, document

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._transport.handle_async_request(request)
        await answer.aread()
        answer.request = request
        self._document.check(answer)
        return answer


def _exactly(document: dict[str, Any]) -> dict[str, Any]:
    """The document with objects that have no other fields than those declared."""
    exact = copy.deepcopy(document)
    for schema in exact["components"]["schemas"].values():
        if "properties" in schema:
            schema["additionalProperties"] = False
    return exact


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]*\}", "[^/]+", path))


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
