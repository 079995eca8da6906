"""`make up`: Airflow for the live publishers, every night, until Ctrl-C. `make demo-ui`: the demo's pages again."""

from __future__ import annotations

import argparse
import os
import socket
import sys
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from crawler import publishers
from crawler.alerts.settings import check_settings
from crawler.belonging import claim, refuse_new_store, require_writable
from crawler.config import Config, load_config
from crawler.errors import ConfigurationError, DibaoError
from crawler.publishers.cron import read_schedule
from crawler.stages import open_store
from models.grants import INSERTED
from scripts.airflow_api import AirflowApiError
from scripts.airflow_home import CHECKOUT, AirflowHome
from scripts.airflow_processes import Airflow, StartFailed, alone_in
from scripts.child_process import ChildDied, ChildProcess, every_half_second, free_port, interrupt_on_signals
from scripts.demo_ground import DEMO_AIRFLOW, demo_home, leave_what_is_live, migrate_store, start_replica

_AIRFLOW = CHECKOUT / "var" / "airflow"
_A_DAY = 86400.0


def main() -> int:
    """Run Airflow in the foreground.

    Returns:
        The exit code: 0 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="make up", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where the UI listens, on loopback")
    parser.add_argument("--demo", action="store_true", help="the demo's AIRFLOW_HOME and the replica, no schedule")
    arguments = parser.parse_args()
    interrupt_on_signals()
    try:
        with ExitStack() as stack:
            _serve(stack, arguments.port, demo=arguments.demo)
    except (StartFailed, ChildDied, AirflowApiError, DibaoError) as error:
        print(f"{'demo-ui' if arguments.demo else 'up'}: {error}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1
    except KeyboardInterrupt:
        print("stopped. A crawl that was cut short goes on from its archive at the next start.", file=sys.stderr)
        return 0
    return 0


def _serve(stack: ExitStack, port: int, *, demo: bool) -> None:
    target = "demo-ui" if demo else "up"
    stack.enter_context(alone_in(DEMO_AIRFLOW if demo else _AIRFLOW, target))
    _claim(port, target)
    others: list[ChildProcess] = []
    if demo:
        leave_what_is_live()
        gateway, replica = stack.enter_context(start_replica())
        others.append(replica)
        home = demo_home(gateway, port)
    else:
        data = os.environ.get("DIBAO_DATA") or str(CHECKOUT / "data")
        # Tasks run elsewhere: a relative folder would be another one there.
        settings = {"DIBAO_DATA": data if "://" in data else str(Path(data).expanduser().resolve())}
        home = AirflowHome(_AIRFLOW, port, free_port(), settings)
    os.environ.update(home.settings)
    check_settings()
    config = load_config(fresh=True)
    require_writable(config)
    with open_store(config) as store:
        # Before anything is made: from a shell without DIBAO_STORE a second corpus would begin.
        refuse_new_store(store, config)
    migrate_store()
    with open_store(config) as store:
        store.require_writing(INSERTED)
        claim(store, config, begins=True)
        named = str(store)
    airflow = stack.enter_context(Airflow(home, say=_say, triggerer=True))
    print(f"\n  Airflow    {home.address}")
    print(f"  login      {_login(home, demo=demo, new=airflow.new_login)}")
    print(f"  data       {config.data_root}")
    print(f"  store      {named}")
    if demo:
        print("  publishers the replica of the four sites, with articles of 2026-06-07 to 2026-06-16;")
        print("             runs start when you trigger them, with From and To among these days")
    else:
        for line in [*_nights(), *_not_live(config)]:
            print(f"  {line}")
        print(f"  User-Agent {config.user_agent}")
        if not os.environ.get("DIBAO_USER_AGENT"):
            print("             Set DIBAO_USER_AGENT to a line that says who you are and how to reach you.")
        print("  A publisher's new DAG runs at once, for yesterday; README, Going live: how to begin with one.")
    print("  Ctrl-C stops it all.\n", flush=True)
    while True:
        for _ in every_half_second(_A_DAY, [*airflow.children, *others]):
            pass


def _login(home: AirflowHome, *, demo: bool, new: bool) -> str:
    if demo:
        return f"admin, password {home.password}"
    if new:
        return f"admin, password {home.password}   (shown this once; it is kept in {home.path}/secrets)"
    return f"admin, the password is in {home.path}/secrets/passwords.json"


def _not_live(config: Config) -> list[str]:
    """What the environment holds that is for tests and demos: all would look well, and nothing real would come."""
    found = []
    if config.schedule.lower() == "off":
        found.append("! DIBAO_SCHEDULE=off: no run starts by itself. Unset it for the nights above")
    if config.gateway:
        found.append(f"! DIBAO_GATEWAY={config.gateway}: a stand-in is crawled, not the live sites")
    if os.geteuid() == 0:
        found.append("! this runs as root: a user of its own is enough (docs/production.md)")
    return found


def _nights() -> list[str]:
    """When each publisher's nights begin, and what is wrong with that."""
    nights = ", ".join(f"{each.key} {_clock(each.schedule)}" for each in publishers.readable())
    return [f"nights, Asia/Shanghai: {nights}", *(f"! {clash}" for clash in publishers.clashes())]


def _clock(cron: str) -> str:
    """A time of day where it is that of every night, else the cron expression."""
    schedule = read_schedule(cron)
    return "{:02}:{:02}".format(*min(schedule.times)) if schedule.nightly else f"`{cron}`"


def _claim(port: int, target: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StartFailed(
                f"port {port} on 127.0.0.1 cannot be used ({error.strerror}); "
                f"choose another: make {target} PORT={port + 1}"
            ) from error


def _say(line: str) -> None:
    print(f"{datetime.now().astimezone():%H:%M:%S}  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
