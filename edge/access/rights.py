"""What can be allowed, and to which role. Pure: the one table that everything else asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, TypeAlias, get_args

Right: TypeAlias = Literal[
    "see",
    "pictures",
    "let_in",
    "service",
    "review",
    "stock",
    "goods",
    "audit",
    "users",
    "devices",
    "settings",
    "restart",
    "metrics",
    "kiosk",
]
Role: TypeAlias = Literal["viewer", "operator", "manager", "technician", "admin"]

RIGHTS: Final[tuple[Right, ...]] = get_args(Right)
ROLES: Final[tuple[Role, ...]] = get_args(Role)
ALL: Final[frozenset[Right]] = frozenset(RIGHTS)

MEANING: Final[Mapping[Right, str]] = {
    "see": "the store as it is: snapshot, live stream, receipts, stock, faults",
    "pictures": "camera pictures, and those that are kept as evidence",
    "let_in": "present a pass, which opens the door",
    "service": "out of service and back, acknowledge faults",
    "review": "decide about receipts",
    "stock": "teach weights, restock",
    "goods": "products, prices, planogram, enrolment",
    "audit": "the record of who did what",
    "users": "users and tokens, as far as one's own rights go",
    "devices": "wire trace, commissioning, recordings, logs, doctor; lock test",
    "settings": "the settings of the store",
    "restart": "restart the controller",
    "metrics": "figures for a monitoring system",
    "kiosk": "what the shopper's screen shows, from another machine",
}
"""What each right opens, in words."""

_OPERATOR: Final[frozenset[Right]] = frozenset({"see", "pictures", "let_in", "service", "review", "stock"})

ROLE_RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    "viewer": frozenset({"see"}),
    "operator": _OPERATOR,
    "manager": _OPERATOR | {"goods", "audit", "settings", "users"},
    "technician": frozenset({"see", "pictures", "service", "stock", "devices", "settings", "restart", "audit"}),
    "admin": ALL,
}


def may_manage(mine: Collection[Right], role: Role) -> bool:
    """Whether somebody with the rights ``mine`` may make, change or end a user of this role: nobody hands out what they do not have, and
    only who may do everything has a say about their equals."""
    return frozenset(mine) == ALL or ROLE_RIGHTS[role] < frozenset(mine)


def may_grant(mine: Collection[Right], rights: Collection[Right]) -> bool:
    """Whether somebody with the rights ``mine`` may make or end a token with these."""
    return frozenset(rights) <= frozenset(mine)
