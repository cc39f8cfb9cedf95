"""A real RTSP server with colour bars: GStreamer's, which many network cameras run. Run by the system's Python, which has its bindings.

Prints the port, serves /h264, /h265 and /jpeg at 25 frames a second until its standard input ends.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import threading

gi = importlib.import_module("gi")
for part in ("Gst", "GstRtsp", "GstRtspServer"):
    gi.require_version(part, "1.0")
GLib, Gst, GstRtsp, Server = (importlib.import_module(f"gi.repository.{part}") for part in ("GLib", "Gst", "GstRtsp", "GstRtspServer"))

BARS = "videotestsrc is-live=true pattern=smpte75 ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
MEDIA = {
    "/h264": f"( {BARS} ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph264pay name=pay0 pt=96 )",
    "/h265": f"( {BARS} ! x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 ! rtph265pay name=pay0 pt=96 )",
    "/jpeg": f"( {BARS} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )",
}


def main() -> None:
    """Serve until nobody holds the other end of standard input any more."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", default="0")
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    arguments = parser.parse_args()
    Gst.init(None)
    server = Server.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(arguments.port)
    if arguments.user:
        server.set_auth(locked(arguments.user, arguments.password))
    for path, launch in MEDIA.items():
        factory = Server.RTSPMediaFactory()
        factory.set_launch(launch)
        factory.set_shared(True)
        if arguments.user:
            permissions = Server.RTSPPermissions()
            permissions.add_permission_for_role("shopkeeper", Server.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
            permissions.add_permission_for_role("shopkeeper", Server.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(path, factory)
    if not server.attach(None):
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    print(server.get_bound_port(), flush=True)
    loop.run()


def locked(user: str, password: str) -> object:
    """Digest authentication for one user."""
    auth = Server.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = Server.RTSPToken()
    token.set_string(Server.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "shopkeeper")
    auth.add_digest(user, password, token)
    return auth


if __name__ == "__main__":
    main()
