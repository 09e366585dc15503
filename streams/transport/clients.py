"""Client options by librdkafka's names, as `Broker.client_options` has them, in aiokafka's words."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from pipeline.domain.errors import UsageError

_DIRECT = {
    "sasl.mechanism": "sasl_mechanism",
    "sasl.mechanisms": "sasl_mechanism",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "sasl.kerberos.service.name": "sasl_kerberos_service_name",
    "client.rack": "client_rack",
}
_TLS = frozenset({
    "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.key.password",
    "ssl.endpoint.identification.algorithm",
})  # fmt: skip


def aiokafka_options(options: Mapping[str, str]) -> dict[str, object]:
    """Keyword arguments for aiokafka's clients; empty for a plain loopback broker.

    Raises `UsageError` naming an option that has no counterpart: leaving out a security option silently could send
    data in the clear.
    """
    protocol = options.get("security.protocol", "PLAINTEXT").upper()
    unknown = sorted(set(options) - set(_DIRECT) - _TLS - {"security.protocol"})
    if unknown:
        raise UsageError(f"Kafka option {unknown[0]!r} has no counterpart in the stream workers' client; remove it.")
    kwargs: dict[str, object] = {_DIRECT[name]: value for name, value in options.items() if name in _DIRECT}
    if protocol != "PLAINTEXT":
        kwargs["security_protocol"] = protocol
    if protocol.endswith("SSL"):
        kwargs["ssl_context"] = _tls_context(options)
    return kwargs


def _tls_context(options: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("ssl.ca.location"))
        certificate = options.get("ssl.certificate.location")
        if certificate:
            context.load_cert_chain(certificate, options.get("ssl.key.location"), options.get("ssl.key.password"))
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"Kafka's TLS files cannot be used: {error}. Check ssl.ca.location and its like.") from error
    if options.get("ssl.endpoint.identification.algorithm", "https").lower() == "none":
        context.check_hostname = False
    return context
