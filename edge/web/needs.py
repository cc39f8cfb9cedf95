"""What each endpoint needs of whoever asks: the one table of rights. An endpoint without a line is not served, a line without an endpoint
is a mistake, and the application does not start with either. Pure: no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from edge.access.rights import Right

Endpoint: TypeAlias = tuple[str, str]
"""Method and path as the route has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """``right``: what must be allowed; ``anybody``: somebody known, whatever they may do; None: open to all. ``besides``: another right
    that must be allowed too.

    ``people``: only a person's session may ask, no token. ``step_up``: a person must have given their password within the last minutes.
    ``most_bytes``: the largest body, in place of the setting.
    """

    right: Right | Literal["anybody"] | None
    besides: Right | None = None
    people: bool = False
    step_up: bool = False
    most_bytes: int | None = None


OPEN: Final = Need(right=None)
ANYBODY: Final = Need(right="anybody")
PEOPLE: Final = Need(right="anybody", people=True)
SEE: Final = Need(right="see")
PICTURES: Final = Need(right="pictures")
STOCK: Final = Need(right="stock")
GOODS: Final = Need(right="goods")
DEVICES: Final = Need(right="devices")
DEVICES_CHANGED: Final = Need(right="devices", step_up=True)
USERS: Final = Need(right="users")
USERS_CHANGED: Final = Need(right="users", step_up=True)
KIOSK: Final = Need(right="kiosk")
SETTINGS: Final = Need(right="settings")
WHOLE_LIST_BYTES: Final = 262_144  # bytes; two thousand facings, or every zone that eight cameras may have

NEEDS: Final[Mapping[Endpoint, Need]] = {
    # pages: what they show is asked for by what follows
    ("GET", "/{place:dashboard}"): OPEN,
    ("GET", "/kiosk"): OPEN,
    ("GET", "/static"): OPEN,
    # the way in
    ("GET", "/login"): OPEN,
    ("POST", "/login"): OPEN,
    ("GET", "/setup"): OPEN,
    ("POST", "/setup"): OPEN,
    ("GET", "/recover"): OPEN,
    ("POST", "/recover"): OPEN,
    ("GET", "/enter/{secret}"): OPEN,
    ("POST", "/enter/{secret}"): OPEN,
    ("GET", "/signed-out"): OPEN,
    ("POST", "/signed-out"): OPEN,
    # for programs that watch
    ("GET", "/healthz"): OPEN,
    ("GET", "/metrics"): Need(right="metrics"),
    ("GET", "/api/v1/openapi.json"): ANYBODY,
    # who asks
    ("GET", "/api/v1/me"): ANYBODY,
    ("GET", "/api/v1/me/sessions"): PEOPLE,
    ("POST", "/api/v1/me/step-up"): PEOPLE,
    ("POST", "/api/v1/me/password"): PEOPLE,
    ("POST", "/api/v1/me/sessions/revoke"): PEOPLE,
    ("POST", "/api/v1/logout"): PEOPLE,
    ("GET", "/api/v1/roles"): USERS,
    ("GET", "/api/v1/users"): USERS,
    ("POST", "/api/v1/users"): USERS_CHANGED,
    ("POST", "/api/v1/users/{name}"): USERS_CHANGED,
    ("POST", "/api/v1/users/{name}/password-reset"): USERS_CHANGED,
    ("POST", "/api/v1/users/{name}/sign-in-link"): USERS_CHANGED,
    ("GET", "/api/v1/tokens"): USERS,
    ("POST", "/api/v1/tokens"): USERS_CHANGED,
    ("POST", "/api/v1/tokens/{token}/revoke"): USERS_CHANGED,
    ("GET", "/api/v1/audit"): Need(right="audit"),
    # the shopper's screen
    ("GET", "/api/v1/kiosk/snapshot"): KIOSK,
    ("GET", "/api/v1/kiosk/stream"): KIOSK,
    # the store
    ("GET", "/api/v1/snapshot"): SEE,
    ("GET", "/api/v1/stream"): SEE,
    ("GET", "/api/v1/day"): SEE,
    ("GET", "/api/v1/receipts"): SEE,
    ("GET", "/api/v1/receipts/{visit}"): SEE,
    ("GET", "/api/v1/reviews"): SEE,
    ("POST", "/api/v1/receipts/{visit}/review"): Need(right="review"),
    ("GET", "/api/v1/evidence/{name:path}"): PICTURES,
    ("GET", "/api/v1/pictures/{name:path}"): PICTURES,
    ("GET", "/api/v1/cameras/{camera}"): PICTURES,
    ("GET", "/api/v1/samples"): DEVICES,
    ("POST", "/api/v1/entries"): Need(right="let_in", step_up=True),
    ("POST", "/api/v1/counts"): STOCK,
    ("POST", "/api/v1/stock"): STOCK,
    ("POST", "/api/v1/service"): Need(right="service"),
    # commissioning
    ("GET", "/api/v1/commissioning"): DEVICES,
    ("GET", "/api/v1/commissioning/record"): DEVICES,
    ("POST", "/api/v1/commissioning/begin"): DEVICES,
    ("POST", "/api/v1/commissioning/leave"): DEVICES,
    ("POST", "/api/v1/commissioning/cancel"): DEVICES,
    ("POST", "/api/v1/commissioning/adopt"): DEVICES,
    ("POST", "/api/v1/commissioning/drop"): DEVICES,
    ("POST", "/api/v1/commissioning/steps/{step}"): DEVICES,
    ("POST", "/api/v1/commissioning/zero"): DEVICES_CHANGED,
    ("POST", "/api/v1/commissioning/unlocking/{step}"): DEVICES_CHANGED,
    ("POST", "/api/v1/commissioning/write"): DEVICES_CHANGED,
    # the technician's pages
    ("GET", "/api/v1/devices"): DEVICES,
    ("GET", "/api/v1/devices/{bus}/trace"): DEVICES,
    ("GET", "/api/v1/recordings"): DEVICES,
    ("POST", "/api/v1/recordings"): DEVICES,
    ("POST", "/api/v1/recordings/last"): DEVICES,
    ("POST", "/api/v1/recordings/visit"): DEVICES,
    ("GET", "/api/v1/recordings/visit/{visit}"): DEVICES,
    ("POST", "/api/v1/recordings/end"): DEVICES,
    ("POST", "/api/v1/recordings/{name}/delete"): DEVICES,
    ("GET", "/api/v1/recordings/{name}/file"): DEVICES,
    ("GET", "/api/v1/checkup"): DEVICES,
    ("POST", "/api/v1/checkup"): DEVICES,
    ("GET", "/api/v1/checkup/file"): DEVICES,
    ("GET", "/api/v1/logs"): DEVICES,
    ("GET", "/api/v1/logs/file"): DEVICES,
    ("GET", "/api/v1/versions"): DEVICES,
    ("POST", "/api/v1/models/{name}/use"): DEVICES,
    ("POST", "/api/v1/models/{name}/rollback"): DEVICES,
    # teaching the eye
    ("GET", "/api/v1/enrolments"): GOODS,
    ("POST", "/api/v1/enrolments"): GOODS,
    ("GET", "/api/v1/enrolments/{token}"): GOODS,
    ("POST", "/api/v1/enrolments/{token}/look"): GOODS,
    ("POST", "/api/v1/enrolments/{token}/views/{view}"): GOODS,
    ("POST", "/api/v1/enrolments/{token}/save"): GOODS,
    ("POST", "/api/v1/enrolments/{token}/end"): GOODS,
    ("POST", "/api/v1/gallery/forget"): GOODS,
    ("POST", "/api/v1/gallery/back"): GOODS,
    ("POST", "/api/v1/weighings"): GOODS,
    # goods and settings
    ("GET", "/api/v1/goods"): SEE,
    ("POST", "/api/v1/products"): GOODS,
    ("POST", "/api/v1/products/{gtin}/remove"): GOODS,
    ("POST", "/api/v1/planogram"): Need(right="goods", most_bytes=WHOLE_LIST_BYTES),
    ("POST", "/api/v1/planogram/proposal"): GOODS,
    ("GET", "/api/v1/settings"): SETTINGS,
    ("POST", "/api/v1/settings"): Need(right="settings", most_bytes=WHOLE_LIST_BYTES),
    ("GET", "/api/v1/changes"): Need(right="audit"),
    ("POST", "/api/v1/changes/back"): Need(right="settings", besides="goods", step_up=True),
    ("POST", "/api/v1/restart"): Need(right="restart", step_up=True),
}
