# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tests as functions, results as TAP on stdout.

    @test('an empty source is refused')
    def empty_source():
        ...                         # an exception is a failure; skip('why') skips

    if __name__ == '__main__':
        main()                      # test_X.py BUILD [PATTERN]; status 1 when one fails
"""
import os
import re
import signal
import sys
import time
import traceback

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEST_SECONDS = 120

_tests = []
_cleanups = []


class Skip(Exception):
    """This machine lacks what the test needs."""


class Failure(AssertionError):
    """What was expected and what came."""


def skip(why):
    raise Skip(why)


def test(name, seconds=TEST_SECONDS):
    """Register a test; past its seconds it fails."""
    def register(function):
        _tests.append((name, function, seconds))
        return function
    return register


def at_end(function):
    """Run function after the last test (a service shared by all is stopped so)."""
    _cleanups.append(function)
    return function


def equal(got, wanted, what=''):
    if got != wanted:
        raise Failure(f'{what + ": " if what else ""}got {got!r}, wanted {wanted!r}')


def check(condition, what):
    if not condition:
        raise Failure(what)


def contains(text, part):
    if part not in text:
        raise Failure(f'{part!r} is not in {text!r}')


def note(text):
    """A diagnostic line."""
    for line in str(text).splitlines():
        print(f'# {line}', flush=True)


def build():
    """The build directory that is tested."""
    if len(sys.argv) < 2:
        sys.exit(f'usage: {sys.argv[0]} BUILD [PATTERN]')
    return os.path.abspath(sys.argv[1])


def _on_alarm(_signal, _frame):
    raise Failure('took too long')


def _run(function, seconds):
    """None, or what went wrong; Skip passes."""
    signal.signal(signal.SIGALRM, _on_alarm)
    signal.alarm(seconds)
    try:
        function()
        return None
    except Skip:
        raise
    except Exception:                                   # pylint: disable=broad-except
        return traceback.format_exc()
    finally:
        signal.alarm(0)


def _report(number, name, function, seconds):
    """Whether the test did not fail."""
    start = time.monotonic()
    try:
        wrong = _run(function, seconds)
    except Skip as why:
        print(f'ok {number} - {name} # SKIP {why}', flush=True)
        return True
    print(f'{"not ok" if wrong else "ok"} {number} - {name}', flush=True)
    if wrong:
        note(wrong)
        note(f'after {time.monotonic() - start:.1f} s')
    return not wrong


def main():
    build()
    pattern = sys.argv[2] if len(sys.argv) > 2 else ''
    chosen = [t for t in _tests if re.search(pattern, t[0])]
    print(f'1..{len(chosen)}', flush=True)
    passed = [_report(n, *t) for n, t in enumerate(chosen, 1)]
    for cleanup in reversed(_cleanups):
        wrong = _run(cleanup, TEST_SECONDS)
        if wrong:
            print('not ok - cleanup', flush=True)
            note(wrong)
            passed.append(False)
    sys.exit(0 if all(passed) else 1)
