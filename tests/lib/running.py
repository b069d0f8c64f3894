# SPDX-License-Identifier: AGPL-3.0-or-later
"""A session for the length of a `with`, on the service that all tests of a suite share; what is
asked of one again and again."""
import base64
import time

from .client import Refused
from .service import shared
from .tap import check, equal


class Running:
    """A session that is deleted at the end of its `with`, unless it has gone by itself."""

    def __init__(self, text, language='c', **fields):
        self.session = shared().client.create(text, language, **fields)

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        try:
            self.session.delete()
        except Refused as refused:
            if refused.status not in (404, 410):
                raise


class Stepped(Running):
    """Of which only what is stepped is recorded, unless it says otherwise."""

    def __init__(self, text, language='c', **fields):
        super().__init__(text, language, **{'record': 'step', **fields})


def line_of(text, part):
    """Number of the first line that contains part."""
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def refuses(status, code, function, *arguments, **named):
    """The error of a request that must be refused so."""
    try:
        answer = function(*arguments, **named)
    except Refused as refused:
        equal((refused.status, refused.code), (status, code), str(refused))
        check(len(refused.message) > 10, f'the message says nothing: {refused.message!r}')
        return refused
    raise AssertionError(f'not refused: {answer!r}')


def stack_of(session, position):
    """The bytes around the stack pointer at a position."""
    registers = session.registers(position=position)['registers']
    return session.read_memory(address=registers['rsp'], count=512, position=position)['data']


def moment(session, position):
    """All there is to see at a position."""
    return session.registers(position=position)['registers'], stack_of(session, position)


def run_to_end(session, seconds=30):
    """continue until the program has exited: its state."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = session.continue_()
        if state['status'] == 'exited':
            return state
    raise AssertionError(f'not at its end: {state}')


def output_of(session):
    text, start = b'', 0
    while True:
        part = session.output(start=start, count=65536)
        text += base64.b64decode(part['bytes'])
        if part['end'] == start:
            return text
        start = part['end']
