"""How the replica speaks HTTP: validators, content codings, what it counts, how it is controlled and started."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from tests.replica import Handle
from tests.replica.faults import FAULTS
from tests.replica_tests.asking import PUBLISHERS, articles, get

ROOT = Path(__file__).parents[2]


def test_a_second_crawl_would_fetch_everything_again(shared: Handle, truth: list[dict[str, Any]]) -> None:
    for publisher in PUBLISHERS:
        url = articles(truth, publisher)[-5]["url"]
        first = get(shared, url)
        assert get(shared, url, If_None_Match=first.headers["etag"]).status == 304
        assert get(shared, url, If_None_Match='"other"', If_Modified_Since=first.headers["last-modified"]).status == 200
        not_modified = get(shared, url, If_Modified_Since=first.headers["last-modified"])
        assert (not_modified.status, not_modified.body) == (304, b"")
        assert get(shared, url, If_Modified_Since="Mon, 01 Jan 2024 00:00:00 GMT").status == 200


def test_packed_pages_would_not_be_met(shared: Handle, truth: list[dict[str, Any]]) -> None:
    url = articles(truth)[0]["url"]
    plain, packed = get(shared, url), get(shared, url, Accept_Encoding="gzip, deflate, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.headers["etag"] == plain.headers["etag"]


def test_politeness_could_not_be_seen(own: Handle) -> None:
    url = "https://www.tibet.cn/cn/news/yc/"
    get(own, url, User_Agent="Dibao/test")
    own.fault("slow", site="tibet_net", seconds=3)
    threads = [threading.Thread(target=get, args=(own, url), kwargs={"User_Agent": "Dibao/test"}) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    get(own, "http://unknown.example.com/x")
    stats = own.stats()
    host = stats["hosts"]["www.tibet.cn"]
    assert host["requests"] == 4
    assert host["max_concurrent"] == 3
    assert host["user_agents"] == {"Dibao/test": 4}
    assert host["paths"] == {"/cn/news/yc/": 4}
    assert len(host["times"]) == 4
    assert stats["unknown_hosts"] == ["unknown.example.com"]
    own.reset_stats()
    assert own.stats()["requests"] == 0


def test_the_control_over_http_would_not_work(own: Handle) -> None:
    def control(method: str, command: str) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", own.port, timeout=10)
        try:
            connection.request(method, f"/__replica__/{command}", headers={"Host": "whoever.example"})
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    assert control("POST", "advance") == (200, {"state": 1})
    assert control("GET", "advance")[0] == 404
    status, answer = control("POST", "fault?name=http_503&site=tibet_net&times=2")
    assert status == 200
    assert answer["active"][0]["name"] == "http_503"
    assert [get(own, "https://www.tibet.cn/cn/news/yc/").status for _ in range(3)] == [503, 503, 200]
    assert control("POST", "fault?name=nonsense")[0] == 400
    assert control("POST", "fault?name=none")[1] == {"active": []}
    assert control("GET", "stats")[1]["hosts"]["www.tibet.cn"]["statuses"] == {"503": 2, "200": 1}
    rows = control("GET", "truth?publisher=sichuan_gov&day=2026-06-15")[1]["articles"]
    assert {(row["publisher"], row["day"]) for row in rows} == {("sichuan_gov", "2026-06-15")}
    assert set(control("GET", "faults")[1]) == set(FAULTS)
    assert control("POST", "reset") == (200, {"state": 0})


def test_the_command_would_not_say_where_it_is_or_not_end() -> None:
    command = [sys.executable, "-m", "tests.replica", "--port", "0", "--seed", "7", "--today", "2026-06-17"]
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                line = process.stdout.readline()
                match = re.fullmatch(r"replica: (http://127\.0\.0\.1:(\d+))\n", line)
                assert match is not None, line
                with socket.create_connection(("127.0.0.1", int(match[2])), timeout=5):
                    process.send_signal(number)
                    assert process.wait(20) == 0
            finally:
                if process.poll() is None:
                    process.kill()
