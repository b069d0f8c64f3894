# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures of sessions beside each other: who gets the processor, and how soon one is answered."""
import contextlib
import statistics
import time

from lib.websocket import WebSocket

FOREVER_C = ('int main(void)\n{\n\tvolatile unsigned sum = 0;\n\tfor (unsigned i = 0; i < 4000000000u; i++)\n'
             '\t\tsum += i;\n\treturn 0;\n}\n')
SIDE_BY_SIDE = 8
SECONDS = 5
ROUNDS = 3
LOOKS = 300


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def milliseconds(function):
    start = time.perf_counter()
    function()
    return (time.perf_counter() - start) * 1000


@contextlib.contextmanager
def recording(service, count=1):
    """So many sessions, each of which records without end."""
    sessions = [service.client.create(f'{FOREVER_C}// {number}\n', record='step') for number in range(count)]
    sockets = [WebSocket(session) for session in sessions]
    for socket in sockets:
        socket.post('next', {'count': 1000000})
    for socket in sockets:
        socket.wait_event('continued')
    yield sessions
    for session in sessions:
        session.delete()


def frontiers(sessions):
    return [session.state()['frontier'] for session in sessions]


def side_by_side(service, row):
    """Bulk recording in eight sessions on all cores: each one's share."""
    rates, ratios = [], []
    for _ in range(ROUNDS):
        with recording(service, SIDE_BY_SIDE) as sessions:
            before = frontiers(sessions)
            # measures what happens in this time
            time.sleep(SECONDS)
            steps = [b - a for a, b in zip(before, frontiers(sessions))]
        rates.append(sum(steps) / SECONDS)
        ratios.append(max(steps) / max(1, min(steps)))
    row(f'{SIDE_BY_SIDE} sessions that record: all together', f'{statistics.median(rates):.0f} steps/s')
    row('fastest / slowest of them', f'{statistics.median(ratios):.2f}', 'target ≤ 1.5')
    row('  in the worst round', f'{max(ratios):.2f}')


def beside_a_recorder(service, row):
    """One instruction step over HTTP while another session records; and what that one answers."""
    session = service.client.create(FOREVER_C, record='step')

    def step():
        session.request('stepIn', {'granularity': 'instruction'})

    with recording(service) as (other,):
        times = [milliseconds(step) for _ in range(LOOKS)]
        looks = [milliseconds(lambda: other.read_memory(address='0x401000', count=8)) for _ in range(LOOKS)]
    at_rest = [milliseconds(lambda: session.read_memory(address='0x401000', count=8)) for _ in range(LOOKS)]
    row('one step over HTTP beside a recorder, median', f'{statistics.median(times):.2f} ms', 'target ≤ 1 ms')
    row('one step over HTTP beside a recorder, p99', f'{percentile(times, 0.99):.2f} ms')
    row('a query to a session that records, median', f'{statistics.median(looks):.2f} ms')
    row('  more than to one at rest', f'{statistics.median(looks) - statistics.median(at_rest):.2f} ms',
        'target ≤ 0.5 ms')
    session.delete()


ROWS = (side_by_side, beside_a_recorder)
