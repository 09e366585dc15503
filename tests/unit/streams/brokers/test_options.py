from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from pipeline.domain.errors import UsageError
from streams.brokers.options import KNOWN, aiokafka_options, checked, kafka_python_options

SCRAM = {
    "security.protocol": "sasl_plaintext",
    "sasl.mechanisms": "SCRAM-SHA-512",
    "sasl.username": "someone",
    "sasl.password": "hidden=value",
}


@pytest.mark.parametrize("translate", [aiokafka_options, kafka_python_options])
def test_sasl_is_said_in_the_words_of_the_python_clients(translate: object) -> None:
    assert callable(translate)
    assert translate(SCRAM) == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "someone",
        "sasl_plain_password": "hidden=value",
    }


def test_nothing_is_said_of_a_plain_loopback() -> None:
    assert aiokafka_options({}) == {}


def test_tls_becomes_a_context_that_checks_names_and_certificates() -> None:
    context = aiokafka_options({"security.protocol": "SSL"})["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_tls_checks_less_only_when_told() -> None:
    unnamed = {"security.protocol": "SASL_SSL", "ssl.endpoint.identification.algorithm": "none"}
    assert not aiokafka_options(unnamed)["ssl_context"].check_hostname
    unchecked = {"security.protocol": "SSL", "enable.ssl.certificate.verification": "false"}
    assert aiokafka_options(unchecked)["ssl_context"].verify_mode == ssl.CERT_NONE


def test_files_that_cannot_be_read_are_named_by_their_option(tmp_path: Path) -> None:
    options = {"security.protocol": "SSL", "ssl.ca.location": str(tmp_path / "none.pem")}
    with pytest.raises(UsageError, match=r"ssl\.ca\.location"):
        aiokafka_options(options)


def test_an_unknown_option_is_named_without_any_value() -> None:
    with pytest.raises(UsageError, match=r"sasl\.jaas\.config") as error:
        checked({"sasl.jaas.config": "hidden-value"})
    assert "hidden-value" not in str(error.value)


@pytest.mark.parametrize(("name", "value"), [("security.protocol", "TLS"), ("sasl.mechanism", "MD5")])
def test_an_unknown_value_is_refused_naming_the_option(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=name):
        checked({name: value})


def test_librdkafka_accepts_every_option_that_we_pass_on() -> None:
    from confluent_kafka import KafkaException, Producer

    values = {
        "security.protocol": "plaintext",
        "sasl.mechanism": "PLAIN",
        "sasl.mechanisms": "PLAIN",
        "ssl.endpoint.identification.algorithm": "none",
        "enable.ssl.certificate.verification": "false",
    }
    refused = []
    for name in KNOWN:
        try:
            Producer({"bootstrap.servers": "127.0.0.1:1", name: values.get(name, "x"), "log_level": 0})
        except KafkaException as error:
            refused.append(str(error))
    assert not [sentence for sentence in refused if "No such configuration property" in sentence]


def test_the_python_clients_accept_every_word_we_say() -> None:
    import inspect

    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
    from kafka import KafkaAdminClient

    everything = {**SCRAM, "client.id": "x", "sasl.kerberos.service.name": "kafka", "security.protocol": "SASL_SSL"}
    words = set(aiokafka_options(everything))
    assert len(words) == 7
    for client in (AIOKafkaConsumer, AIOKafkaProducer):
        assert words <= set(inspect.signature(client).parameters)
    assert words <= set(KafkaAdminClient.DEFAULT_CONFIG)
