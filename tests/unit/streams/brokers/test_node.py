from __future__ import annotations

from pathlib import Path

from streams.brokers.local.cluster import _new_cluster_id
from streams.brokers.local.node import Identity, clean_environment, plan, properties, write_files

THREE = Identity("id", (1, 2, 3), (4, 5, 6))


def test_three_nodes_know_one_another_and_keep_three_copies() -> None:
    second = properties(THREE, 2, Path("/data"))
    assert second["controller.quorum.voters"] == "1@127.0.0.1:4,2@127.0.0.1:5,3@127.0.0.1:6"
    assert second["listeners"] == "PLAINTEXT://127.0.0.1:2,CONTROLLER://127.0.0.1:5"
    assert (second["default.replication.factor"], second["min.insync.replicas"]) == ("3", "2")


def test_one_node_asks_for_no_copies() -> None:
    only = properties(Identity("id", (1,), (2,)), 1, Path("/data"))
    assert (only["default.replication.factor"], only["min.insync.replicas"]) == ("1", "1")


def test_a_node_listens_on_the_loopback_only() -> None:
    listeners = properties(THREE, 1, Path("/data"))["listeners"].split(",")
    assert [listener.partition("://")[2].rpartition(":")[0] for listener in listeners] == ["127.0.0.1", "127.0.0.1"]


def test_the_machines_java_and_our_secrets_stay_outside() -> None:
    machine = {
        "PATH": "/bin",
        "JAVA_HOME": "/usr",
        "JAVA_TOOL_OPTIONS": "-Dx",
        "JDK_JAVA_OPTIONS": "-Dx",
        "_JAVA_OPTIONS": "-Dx",
        "CLASSPATH": "/x",
        "KAFKA_OPTS": "-Dx",
        "VIDHUK_KAFKA_OPTIONS": "sasl.password=hidden",
    }
    assert clean_environment(machine) == {"PATH": "/bin"}


def test_a_folder_with_spaces_and_backslashes_is_written_as_java_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "a b\\c"
    write_files(THREE, 1, folder)
    text = (folder / "server.properties").read_text(encoding="utf-8")
    assert "a b\\\\c" in text
    assert str(folder) in plan(THREE, folder, "java", "x")["run"][-1]


def test_cluster_ids_differ_and_never_begin_like_an_option() -> None:
    made = {_new_cluster_id() for _ in range(500)}
    assert len(made) == 500
    assert all(len(text) == 22 and not text.startswith("-") for text in made)
