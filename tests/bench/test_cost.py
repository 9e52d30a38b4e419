"""What a benchmark says when it cannot run, and what it counts."""

import socket
import threading

import pytest

from bench import __main__ as bench
from bench.cost import command, need
from bench.proxy import counting
from bench.rows import Missing, all_of, faster, no_more


def test_a_baseline_that_is_not_installed_is_named():
    with pytest.raises(Missing, match="needs no-such-program, which is not installed"):
        need("no-such-program", "nothing")


def test_a_benchmark_that_cannot_run_ends_with_2(monkeypatch, capsys):
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("sys.argv", ["bench", "clip"])

    status = bench.main()

    assert status == 2
    assert "apt install ffmpeg" in capsys.readouterr().err


def test_a_command_is_charged_for_what_it_reads(tmp_path):
    (tmp_path / "zeros").write_bytes(bytes(5_000_000))

    lap = command(["cat", str(tmp_path / "zeros")])

    assert 5_000_000 <= lap.read_bytes < 5_100_000


def test_a_command_that_fails_says_why():
    with pytest.raises(RuntimeError, match="No such file"):
        command(["cat", "/nonexistent"])


def test_a_proxy_counts_what_comes_back():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer():
            wire, _ = server.accept()
            with wire:
                wire.recv(100)
                wire.sendall(bytes(300_000))

        thread = threading.Thread(target=answer)
        thread.start()
        with counting(f"http://127.0.0.1:{server.getsockname()[1]}") as counter:
            with socket.create_connection(("127.0.0.1", int(counter.url.rsplit(":", 1)[1]))) as client:
                client.sendall(b"please")
                received = 0
                while data := client.recv(1 << 16):
                    received += len(data)
            counted = counter.take()
            thread.join()

    assert (received, counted) == (300_000, 300_000)


def test_rows_say_whether_a_goal_was_met():
    rows = [no_more("a", 65, 100, "ms", 0.65), faster("b", 0.2, 1.0, 8), all_of("c", 999, 1000)]

    assert [row.line() for row in rows] == [
        "a | 65.0 ms | 100 ms | 0.65 | <= 0.65x | met",
        "b | 200 ms | 1000 ms | 5.00 | >= 8x | SHORT",
        "c | 999 of 1000 | - | - | all | SHORT",
    ]
