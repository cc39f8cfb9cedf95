"""The way to the broker: name, TCP, TLS. No MQTT is spoken, so nothing is sent in the store's name."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from cloud_bridge.backends.mqtt import tls_context
from cloud_bridge.ports import LinkError
from cloud_bridge.settings import CloudSettings, broker_address
from edge.cli.checkup.finding import Finding, ok, warning

STILL_SELLS = "Until then the store sells within its offline limits, unless [entry] verify makes every entry ask the cloud."


def check_broker(settings: CloudSettings, *, timeout_s: float = 5.0) -> Iterator[Finding]:
    """Whether the broker can be reached the way the bridge will try it."""
    host, port = broker_address(settings.broker)
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as plain:
            if not settings.tls:
                yield ok("cloud", f"{host}:{port} accepts connections")
                return
            context = tls_context(settings.ca_file, settings.cert_file, settings.key_file)
            with context.wrap_socket(plain, server_hostname=host) as secure:
                yield ok("cloud", f"{host}:{port} answers with {secure.version()}, its certificate is trusted")
    except LinkError as error:
        yield warning("cloud", str(error), f"Put readable certificate files there. {STILL_SELLS}")
    except ssl.SSLCertVerificationError as error:
        advice = f"Check this machine's date and cloud.ca_file. {STILL_SELLS}"
        yield warning("cloud", f"the certificate of {host}:{port} is not trusted: {error.verify_message}", advice)
    except ssl.SSLError as error:
        advice = f"Check that the port speaks TLS, and cloud.cert_file and cloud.key_file. {STILL_SELLS}"
        yield warning("cloud", f"no TLS with {host}:{port}: {error.reason or error}", advice)
    except socket.gaierror as error:
        yield warning("cloud", f"the name {host!r} is not found: {error.strerror}", f"Check the network and cloud.broker. {STILL_SELLS}")
    except OSError as error:
        text = f"{host}:{port} is not reached: {error.strerror or error}"
        yield warning("cloud", text, f"Check the network, the firewall and cloud.broker. {STILL_SELLS}")
