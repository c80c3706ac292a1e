"""A generated shot that costs money, made by a provider that runs on this machine.

Nothing is paid twice, wherever the run is killed. The journal gets a token before a job is created; the provider takes
that token as idempotency key, so that asking again gives the same job. Once the job's id is known it is written
too, and from then on the job is only polled and fetched. A poll that fails never fails the job.

``CUTAWAY_MOCK_PROVIDER`` is the provider's address (:mod:`engines.mock._provider`). ``CUTAWAY_MOCK_DIE_AT`` names a
phase at which the process kills itself, once for each recipe.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from pydantic import BaseModel, JsonValue

from edl.errors import Broken, EnvironmentLacks, Refused, Transient
from edl.recipe import Native, native_document
from engines.contract import Does, Engine, Limits, Made, Order, Session, Wish
from engines.mock._faults import die_once, opener, wait
from engines.mock._shot import CAMERAS, ShotParams

if TYPE_CHECKING:
    from engines.mock._client import Client

NAME = "mock/paid"
ADDRESS, DIE_AT = "CUTAWAY_MOCK_PROVIDER", "CUTAWAY_MOCK_DIE_AT"
WIDTH, HEIGHT, FPS = 320, 180, Fraction(24)
POLL = 0.05  # seconds between two polls
MOST_LINKS = 5  # result links that may expire before the provider counts as broken
SHARES = {"queued": 0.1, "running": 0.5, "done": 0.9}


@dataclass(frozen=True)
class Attempt:
    """What the journal knows of the latest try: its token, and its job's id once that is known."""

    token: str
    job: str = ""


def native(wish: Wish, params: BaseModel) -> Native:
    """The provider sells whole seconds of one size and rate."""
    return Native(WIDTH, HEIGHT, FPS, ceil(wish.seconds) * int(FPS))


def open_session(device: str) -> Session:
    """Ready to order.

    :raises EnvironmentLacks: when the provider's address is not set
    """
    if not os.environ.get(ADDRESS):
        raise EnvironmentLacks(f"{NAME} needs {ADDRESS}", "start python -m engines.mock._provider, set its address")
    return opener(NAME, render)(device)


def render(order: Order) -> Made:
    """Buy the shot, or go on with the job that was bought before."""
    from engines.mock._client import Client

    with Client(os.environ[ADDRESS], order) as client:
        attempt = _attempt(order)
        _phase(order, "before-create")
        job = attempt.job or _create(client, order, attempt.token)
        _phase(order, "created")
        _fetch(client, order, job)
    _phase(order, "return")
    order.progress(1.0, "fetched")
    return Made("take.mp4", {"job": job})


def _attempt(order: Order) -> Attempt:
    """The try to go on with; a new one is written down before it is used."""
    latest: Attempt | None = None
    for entry in order.journal.entries():
        if "token" in entry:
            latest = Attempt(str(entry["token"]), str(entry.get("job", "")))
        if "ended" in entry:
            latest = None
    if latest is None:
        latest = Attempt(f"{order.recipe}-{uuid.uuid4().hex}")
        order.journal.write({"token": latest.token})
    return latest


def _create(client: Client, order: Order, token: str) -> str:
    from engines.mock._client import words_of

    answer = client.ask("POST", "/jobs", _wish(order), {"Idempotency-Key": token})
    if answer.status_code == 422:
        order.journal.write({"ended": "refused", "token": token})
        raise Refused(f"the provider takes no such job: {words_of(answer)}")
    if answer.status_code != 201:
        raise Broken(f"the provider made no job: {words_of(answer)}")
    _phase(order, "unwritten")
    job = str(answer.json()["id"])
    order.journal.write({"token": token, "job": job})
    return job


def _wish(order: Order) -> dict[str, JsonValue]:
    params = order.params
    if not isinstance(params, ShotParams):
        raise Broken("these are not the params of this engine")
    image = hashlib.sha256(order.inputs["image"].read_bytes()).hexdigest()
    words: dict[str, JsonValue] = {"prompt": params.prompt, "camera": params.camera, "seed": order.seed}
    return native_document(order.shape()) | words | {"image": image}


def _fetch(client: Client, order: Order, job: str) -> None:
    """Poll until the job is done, then fetch its file; an expired link is asked for again."""
    for _ in range(MOST_LINKS):
        link = _poll(client, order, job)
        _phase(order, "fetch")
        if client.download(link, order.folder / "take.mp4"):
            return
    raise Broken(f"job {job} is done, but {MOST_LINKS} of its links had expired")


def _poll(client: Client, order: Order, job: str) -> str:
    """The link to the result."""
    from engines.mock._client import words_of

    while True:
        order.stop_if_cancelled()
        answer = client.ask("GET", f"/jobs/{job}")
        if answer.status_code != 200:
            raise Broken(f"the provider does not know job {job} any more: {words_of(answer)}")
        found = answer.json()
        state = str(found["state"])
        if state in ("refused", "failed"):
            order.journal.write({"ended": state, "job": job})
            raise (Refused if state == "refused" else Transient)(str(found["error"]))
        order.progress(SHARES.get(state, 0.0), state)
        if state == "done":
            return str(found["result"])
        _phase(order, "poll")
        wait(order, POLL)


def _phase(order: Order, name: str) -> None:
    if os.environ.get(DIE_AT) == name:
        die_once(order, name)


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=ShotParams,
    open=open_session,
    says="a numbered test picture from a provider on this machine that counts what it is paid",
    limits=Limits(
        longest=Fraction(10),
        stable=Fraction(4),
        own_shape=True,
        seeded=True,
        invents=True,
        paid=True,
        deterministic=False,
        cameras=CAMERAS,
        stand_in="numbered test pictures stand in for a paid image-to-video service",
        provider="mock",
    ),
    native=native,
    requires=("av", "httpx", "numpy"),
    pace=0.01,
    price=0.05,
)
