"""A camera that sends motion JPEG over HTTP: the oldest and simplest way, spoken by most network cameras and by streaming programs.

Boundaries and lengths between the pictures are not looked at (see :mod:`vision.pipeline.jpeg_stream`).
"""

from __future__ import annotations

import http.client
import socket
import time
import urllib.error
import urllib.request
from typing import Final

from vision.pipeline.jpeg_stream import JpegStream
from vision.sources.connection import SourceError
from vision.sources.credentials import Credentials
from vision.sources.stills import decoded
from vision.types import Picture

SILENCE_S: Final = 5.0  # s without a whole picture: the camera is lost; the slowest rate that can be set is one a second

_CHUNK: Final = 1 << 16


class HttpMjpeg:
    """A connection to ``url``, which holds no password. SourceError where the camera does not answer or refuses."""

    def __init__(self, url: str, credentials: Credentials | None) -> None:
        self._stream = JpegStream()
        self._waiting: list[bytes] = []
        self._grabbed = b""
        self._response = _opened(url, credentials)
        self._socket = _socket_of(self._response)

    def grab(self) -> bool:
        """Wait for the next picture; of several that came at once only the last counts."""
        deadline = time.monotonic() + SILENCE_S
        while True:
            try:
                chunk = self._response.read1(_CHUNK)
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise SourceError(f"the stream broke off ({_reason(error)})") from error
            if not chunk:
                raise SourceError("the camera ended the stream")
            pictures = self._stream.feed(chunk)
            if pictures:
                self._grabbed = pictures[-1]
                return True
            if time.monotonic() > deadline:
                raise SourceError(f"no picture for {SILENCE_S:g} s; check that the address is that of a motion JPEG stream")

    def picture(self) -> tuple[Picture, bytes]:
        """The grabbed picture."""
        return decoded(self._grabbed, upright=False), self._grabbed

    def interrupt(self) -> None:
        """End a waiting ``grab``."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended by itself

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        self._socket.close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A camera that sends us elsewhere would send the password there too."""

    def redirect_request(self, *_: object) -> None:
        return None


def _opened(url: str, credentials: Credentials | None) -> http.client.HTTPResponse:
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect()]
    if credentials is not None:
        keys = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        keys.add_password(None, url, credentials.user, credentials.password)
        handlers += [urllib.request.HTTPDigestAuthHandler(keys), urllib.request.HTTPBasicAuthHandler(keys)]
    try:
        response = urllib.request.build_opener(*handlers).open(url, timeout=SILENCE_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in {401, 403}:
            raise SourceError(f"the camera refuses user and password ({error.code}); check password_file") from error
        raise SourceError(f"the camera answers {error.code}; check the path in its address") from error
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise SourceError(f"the camera does not answer ({_reason(error)}); check cable, power and address") from error
    if not isinstance(response, http.client.HTTPResponse):
        raise SourceError("the camera's address is not one of HTTP")
    return response


def _socket_of(response: http.client.HTTPResponse) -> socket.socket:
    return socket.socket(fileno=socket.dup(response.fileno()))


def _reason(error: Exception) -> str:
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(inner.strerror if isinstance(inner, OSError) and inner.strerror else inner) or type(inner).__name__
