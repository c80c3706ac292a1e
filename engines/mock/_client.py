"""Talks to the provider of ``mock/paid``, and sits out what passes: broken connections, 5xx, 429."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue

from edl.errors import Broken, Failure, ProviderDown, Transient
from engines.contract import Order
from engines.mock._faults import wait

if TYPE_CHECKING:
    import httpx

PATIENCE = 10.0  # seconds of trouble to sit out
PAUSE, LONGEST_PAUSE = 0.05, 1.0  # seconds between two tries; doubled each time
TIMEOUT = 10.0  # seconds for one answer
BUSY, GONE = 429, 410


class Client:
    """One order's connection to the provider. Use as a context manager."""

    def __init__(self, base: str, order: Order) -> None:
        import httpx

        self._order = order
        self._http = httpx.Client(base_url=base, timeout=TIMEOUT, trust_env=False)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(
        self, method: str, path: str, body: JsonValue = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """An answer that is neither 429 nor 5xx.

        :raises ProviderDown: when there was none for ``PATIENCE`` seconds
        :raises Transient: when the provider asks to come back later than that
        :raises Cancelled: when the run is to stop
        """
        end, pause = time.monotonic() + PATIENCE, PAUSE
        while True:
            answer, trouble = self._try(method, path, body, headers or {})
            if answer is not None and answer.status_code != BUSY and answer.status_code < 500:
                return answer
            asked = _retry_after(answer)
            if time.monotonic() + max(asked, pause) > end:
                raise _given_up(trouble, asked)
            wait(self._order, max(asked, pause))
            pause = min(LONGEST_PAUSE, pause * 2)

    def download(self, path: str, target: Path) -> bool:
        """Fetch a result whole; False where its link has expired.

        :raises Broken: when the provider answers neither the file nor that
        """
        answer = self.ask("GET", path)
        if answer.status_code == GONE:
            return False
        if answer.status_code != 200:
            raise Broken(f"the result cannot be fetched: {words_of(answer)}")
        target.write_bytes(answer.content)
        return True

    def _try(
        self, method: str, path: str, body: JsonValue, headers: Mapping[str, str]
    ) -> tuple[httpx.Response | None, str]:
        import httpx

        try:
            answer = self._http.request(method, path, json=body, headers=dict(headers))
        except httpx.TransportError as error:
            return None, type(error).__name__
        return answer, words_of(answer)


def words_of(answer: httpx.Response) -> str:
    """What the provider says, with its status."""
    try:
        words = str(answer.json().get("error", ""))
    except (ValueError, AttributeError):
        words = ""
    return f"{answer.status_code} {words}".strip()


def _retry_after(answer: httpx.Response | None) -> float:
    try:
        return float(answer.headers.get("Retry-After", 0)) if answer is not None else 0.0
    except ValueError:
        return 0.0


def _given_up(trouble: str, asked: float) -> Failure:
    if asked:
        return Transient(f"the provider is busy: {trouble}", after=asked)
    return ProviderDown(f"no good answer for {PATIENCE:g} s: {trouble}")
