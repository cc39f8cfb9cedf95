"""A camera that sends motion JPEG over HTTP: the oldest and simplest way, spoken by most network cameras and by streaming programs.

Boundaries and lengths between the pictures are not looked at (see :mod:`vision.pipeline.jpeg_stream`).
"""

from __future__ import annotations

import http.client
import os
import socket
import threading
import time
import urllib.error
import urllib.request
from typing import Final

from vision.pipeline.jpeg_stream import JpegStream
from vision.sources.connection import SourceError
from vision.sources.credentials import Credentials
from vision.sources.line import Line, TooMuch, dialled
from vision.sources.stills import frame_of
from vision.types import Picture

SILENCE_S: Final = 5.0  # s without a whole picture: the camera is lost; the slowest rate that can be set is one a second
MOST_HEADER: Final = 65_536  # bytes before the first picture's; cameras send less than one thousand

_CHUNK: Final = 1 << 16


class HttpMjpeg:
    """A connection to ``url``, which holds no password. SourceError where the camera does not answer or refuses.

    Answer and headers, and every picture, have SILENCE_S as a whole, however many bytes drip in meanwhile. ``ending`` ends the opening.
    """

    def __init__(self, url: str, credentials: Credentials | None, ending: threading.Event) -> None:
        self._stream = JpegStream()
        self._grabbed = b""
        self._response, self._line = _opened(url, credentials, ending)

    def grab(self) -> bool:
        """Wait for the next picture; of several that came at once only the last counts."""
        self._line.allow(SILENCE_S)
        deadline = time.monotonic() + SILENCE_S
        while True:
            try:
                chunk = self._response.read1(_CHUNK)
            except TimeoutError as error:
                raise SourceError(_no_picture()) from error
            except (OSError, ValueError, http.client.HTTPException) as error:
                raise SourceError(f"the stream broke off ({_reason(error)})") from error
            if not chunk:
                raise SourceError("the camera ended the stream")
            pictures = self._stream.feed(chunk)
            if pictures:
                self._grabbed = pictures[-1]
                return True
            if time.monotonic() > deadline:  # bytes that never stop make a read end in time
                raise SourceError(_no_picture())

    def picture(self) -> tuple[Picture, bytes]:
        """The grabbed picture."""
        return frame_of(self._grabbed)

    def interrupt(self) -> None:
        """End a waiting ``grab``."""
        try:
            self._line.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended by itself

    def close(self) -> None:
        """Close the connection."""
        self._response.close()
        self._line.close()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A camera that sends us elsewhere would send the password there too, and whoever speaks for a camera could send us anywhere."""

    def redirect_request(self, *_: object) -> None:
        return None


class _Dialler(urllib.request.HTTPHandler):
    """Opens every connection that one request needs (an answer that asks for a password needs a second) within one time."""

    def __init__(self, ending: threading.Event) -> None:
        super().__init__()
        self._ending = ending
        self._by_s = time.monotonic() + SILENCE_S
        self.line: Line | None = None  # the last
        self._lines: list[Line] = []

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        """As the base does, with a line of ours."""
        dialler = self

        class Connection(http.client.HTTPConnection):
            def connect(self) -> None:
                self.sock = dialler.line = dialled(self.host, self.port, dialler._by_s, MOST_HEADER, dialler._ending)
                dialler._lines.append(dialler.line)

        return self.do_open(Connection, req)

    def hang_up(self) -> None:
        """Close every connection now, also those that an error with its frames still holds open."""
        for line in self._lines:
            if line.fileno() >= 0:
                os.close(line.detach())


def _opened(url: str, credentials: Credentials | None, ending: threading.Event) -> tuple[http.client.HTTPResponse, Line]:
    dialler = _Dialler(ending)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.ProxyHandler({}), _NoRedirect(), dialler]
    if credentials is not None:
        keys = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        keys.add_password(None, url, credentials.user, credentials.password)
        handlers += [urllib.request.HTTPDigestAuthHandler(keys), urllib.request.HTTPBasicAuthHandler(keys)]
    try:
        try:
            response = urllib.request.build_opener(*handlers).open(url, timeout=SILENCE_S)
        except BaseException:
            dialler.hang_up()
            raise
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in {401, 403}:
            raise SourceError(f"the camera refuses user and password ({error.code}); check password_file") from error
        if error.code in {301, 302, 303, 307, 308}:
            raise SourceError(
                f"the camera answers {error.code} and names another address, which is not followed; write that one as its url"
            ) from error
        raise SourceError(f"the camera answers {error.code}; check the path in its address") from error
    except (LookupError, ValueError) as error:  # how urllib reads a question for a password, or a name of a host
        raise SourceError(_unspoken(error, credentials)) from error
    except (OSError, http.client.HTTPException) as error:
        if isinstance(_inner(error), TooMuch) or "headers" in str(error):
            raise SourceError("what answers there sends headers without end; check that the address is a camera's") from error
        raise SourceError(f"the camera does not answer ({_reason(error)}); check cable, power and address") from error
    if not isinstance(response, http.client.HTTPResponse) or dialler.line is None:
        raise SourceError("the camera's address is not one of HTTP")
    return response, dialler.line


def _unspoken(error: Exception, credentials: Credentials | None) -> str:
    """What to do where a request cannot even be written; an error that is about the password's letters quotes them, and is not told."""
    if credentials is None:
        return f"the camera's address cannot be used ({_reason(error)}); check it"
    if not f"{credentials.user}{credentials.password}".isascii():
        return "the camera asks for user and password in a way that allows only ASCII characters; choose others, and change password_file"
    return f"the camera asks for the password in a way that is not known here ({_reason(error)}); set it to Digest with MD5, or to Basic"


def _no_picture() -> str:
    return f"no picture for {SILENCE_S:g} s; check that the address is that of a motion JPEG stream"


def _inner(error: Exception) -> object:
    return error.reason if isinstance(error, urllib.error.URLError) else error


def _reason(error: Exception) -> str:
    inner = _inner(error)
    return str(inner.strerror if isinstance(inner, OSError) and inner.strerror else inner) or type(inner).__name__
