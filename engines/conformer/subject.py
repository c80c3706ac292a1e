"""Looks for the subject of a take: faces, and what else draws the eye, a few times a second.

What it finds is kept by the part's digest. A variant of another shape is cut around it (:mod:`edl.reframe`), so that a
new variant looks at nothing again and renders no take.
"""

from __future__ import annotations

from engines.contract import Does, Engine, Made, Order, Params, Plain


class SubjectParams(Params):
    """``every``: seconds from one look to the next."""

    every: float = 0.2


def _render(order: Order) -> Made:
    from engines.conformer._looks import look_at

    params = order.params
    assert isinstance(params, SubjectParams)
    facts = look_at(order.inputs["take"], params.every, order)
    (order.folder / "subject.json").write_text(facts.model_dump_json(), encoding="utf-8")
    return Made("subject.json", {"subject": facts.model_dump(mode="json", exclude_defaults=True)})


ENGINE = Engine(
    name="conformer/subject",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=SubjectParams,
    open=lambda device: Plain(_render),
    says="Finds the subject of a take, around which variants of another shape are cut",
    requires=("av", "cv2", "mediapipe"),
    pace=0.01,
)
