"""The way to the broker: name, TCP, TLS. No MQTT is spoken, so nothing is sent in the store's name."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from cloud_bridge.backends.mqtt import tls_context
from cloud_bridge.ports import LinkError
from cloud_bridge.settings import CloudSettings, broker_address
from edge.runtime.checkup.finding import Finding, ok, warning

STILL_SELLS = "Until then the store sells within its offline limits, unless [entry] verify makes every entry ask the cloud."


def check_broker(settings: CloudSettings, *, timeout_s: float = 5.0) -> Iterator[Finding]:
    """Whether the broker can be reached the way the bridge will try it."""
    host, port = broker_address(settings.broker)
    there = f"{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as plain:
            if not settings.tls:
                yield ok("cloud", "cloud", f"{there} accepts connections", broker=there)
                return
            context = tls_context(settings.ca_file, settings.cert_file, settings.key_file)
            with context.wrap_socket(plain, server_hostname=host) as secure:
                spoken = str(secure.version())
                yield ok("cloud", "cloud_tls", f"{there} answers with {spoken}, its certificate is trusted", broker=there, spoken=spoken)
    except LinkError as error:
        yield warning("cloud", "cloud_files", str(error), f"Put readable certificate files there. {STILL_SELLS}", problem=str(error))
    except ssl.SSLCertVerificationError as error:
        advice = f"Check this machine's date and cloud.ca_file. {STILL_SELLS}"
        problem = error.verify_message
        text = f"the certificate of {there} is not trusted: {problem}"
        yield warning("cloud", "cloud_untrusted", text, advice, broker=there, problem=problem)
    except ssl.SSLError as error:
        advice = f"Check that the port speaks TLS, and cloud.cert_file and cloud.key_file. {STILL_SELLS}"
        problem = str(error.reason or error)
        yield warning("cloud", "cloud_no_tls", f"no TLS with {there}: {problem}", advice, broker=there, problem=problem)
    except socket.gaierror as error:
        text, advice = f"the name {host!r} is not found: {error.strerror}", f"Check the network and cloud.broker. {STILL_SELLS}"
        yield warning("cloud", "cloud_no_name", text, advice, name=host)
    except OSError as error:
        problem = str(error.strerror or error)
        advice = f"Check the network, the firewall and cloud.broker. {STILL_SELLS}"
        yield warning("cloud", "cloud_unreached", f"{there} is not reached: {problem}", advice, broker=there, problem=problem)
