"""`ztix lab controller`: run a simulated controller until SIGTERM.

Prints one line of JSON when it listens: `{"url": …, "node_id": …, "token_file": …}`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from ztix.lab.controller.home import open_home
from ztix.lab.controller.server import Manners, Server


def _node_id(text: str) -> int:
    """A node id of ten hexadecimal digits."""
    if len(text) != 10:
        raise argparse.ArgumentTypeError(f"`{text}` has {len(text)} digits: write ten hexadecimal digits")
    return int(text, 16)


def _parser() -> argparse.ArgumentParser:
    default = Manners()
    parser = argparse.ArgumentParser(prog="ztix lab controller", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of the controller's files")
    parser.add_argument("--port", type=int, default=0, help="TCP port on 127.0.0.1; 0 picks one")
    parser.add_argument("--node-id", type=_node_id, help="node id of a new home; default: made up")
    parser.add_argument("--token-file", type=Path, help="default: HOME/authtoken.secret")
    parser.add_argument("--lab-hooks", action="store_true", help="serve the test hooks under /lab")
    parser.add_argument("--requests-per-connection", type=int, default=default.requests)
    parser.add_argument("--idle-s", type=float, default=default.idle_s, help="seconds of silence allowed")
    parser.add_argument("--stall-s", type=float, default=default.stall_s, help="0.043 is the controller's")
    parser.add_argument(
        "--workers", type=int, default=default.workers, help="8 is the controller's; 0: no limit"
    )
    return parser


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    options = _parser().parse_args()
    manners = Manners(
        requests=options.requests_per_connection,
        idle_s=options.idle_s,
        stall_s=options.stall_s,
        workers=options.workers,
        hooks=options.lab_hooks,
    )
    try:
        home = open_home(options.home, options.node_id, options.token_file)
        server = Server(options.port, home, manners)
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop, which runs in this very thread
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    ready = {
        "url": f"http://127.0.0.1:{server.server_address[1]}",
        "node_id": f"{home.node:010x}",
        "token_file": str(home.token_file),
    }
    print(json.dumps(ready), flush=True)
    with server:
        server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
