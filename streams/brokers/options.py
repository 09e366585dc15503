"""SASL and TLS options by librdkafka's names, said in the words of the other clients."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any, Final

from pipeline.domain.errors import UsageError

PLAIN: Final = {
    "security.protocol": "security_protocol",
    "sasl.username": "sasl_plain_username",
    "sasl.password": "sasl_plain_password",
    "sasl.kerberos.service.name": "sasl_kerberos_service_name",
    "client.id": "client_id",
}
"""Options that aiokafka and kafka-python know by another name and the same value."""
SASL_MECHANISM: Final = ("sasl.mechanism", "sasl.mechanisms")
"""librdkafka's two names of one option."""
TLS: Final = (
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.endpoint.identification.algorithm",
    "enable.ssl.certificate.verification",
)
"""Options that become one `ssl.SSLContext` for the Python clients."""
KNOWN: Final = (*PLAIN, *SASL_MECHANISM, *TLS)
MECHANISMS: Final = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI")
PROTOCOLS: Final = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


def checked(options: Mapping[str, str]) -> dict[str, str]:
    """The same options, every one known.

    Raises `UsageError` naming the first that is not, or whose value is not; never a value that may be secret.
    """
    for name in options:
        if name not in KNOWN:
            raise UsageError(f"kafka_options: {name} is not an option we pass on; we know {', '.join(KNOWN)}.")
    _one_of("security.protocol", options.get("security.protocol"), PROTOCOLS)
    for name in SASL_MECHANISM:
        _one_of(name, options.get(name), MECHANISMS)
    return dict(options)


def aiokafka_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Keyword arguments for aiokafka's consumer and producer."""
    return _python_options(options)


def kafka_python_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Keyword arguments for kafka-python's clients."""
    return _python_options(options)


def _python_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Both Python clients use the same words for what we pass on."""
    options = checked(options)
    said: dict[str, Any] = {PLAIN[name]: value for name, value in options.items() if name in PLAIN}
    if "security_protocol" in said:
        said["security_protocol"] = said["security_protocol"].upper()
    for name in SASL_MECHANISM:
        if name in options:
            said["sasl_mechanism"] = options[name].upper()
    if said.get("security_protocol", "").endswith("SSL"):
        said["ssl_context"] = _tls_context(options)
    return said


def _tls_context(options: Mapping[str, str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=options.get("ssl.ca.location"))
        certificate = options.get("ssl.certificate.location")
        if certificate is not None:
            context.load_cert_chain(certificate, options.get("ssl.key.location"), options.get("ssl.key.password"))
    except (OSError, ssl.SSLError) as error:
        names = ", ".join(name for name in TLS if name.endswith("location") and name in options)
        raise UsageError(f"kafka_options: the files of {names} cannot be used ({type(error).__name__}).") from error
    if options.get("ssl.endpoint.identification.algorithm", "https").lower() == "none":
        context.check_hostname = False
    if options.get("enable.ssl.certificate.verification", "true").lower() == "false":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value.upper() not in known:
        raise UsageError(f"kafka_options: {name} must be one of {', '.join(known)}.")
