"""The children of this process's benches, and nobody else's: houses that other tests have started live on."""

import multiprocessing.forkserver

import psutil


def children_of_benches() -> list[psutil.Process]:
    """Those that our forkserver has made, the youngest first."""
    server = multiprocessing.forkserver._forkserver._forkserver_pid
    children = [] if server is None else psutil.Process(server).children()
    return sorted(children, key=lambda child: child.create_time(), reverse=True)
