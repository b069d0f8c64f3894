#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sentences of the protocol and of the design that no other suite asks: HTTP, and how answers are written."""
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes                                                        # noqa: E402
from lib.running import refuses                                                  # noqa: E402
from lib.service import shared                                                   # noqa: E402
from lib.tap import check, contains, equal, main, test                           # noqa: E402
from lib.traced import CALLS                                                     # noqa: E402
from lib.websocket import WebSocket                                              # noqa: E402

ANSWER_MAX = 120 << 10
WORD = re.compile(r'0x(0|[1-9a-f][0-9a-f]{0,15})')


def post(session, command, arguments):
    """The answer as bytes."""
    return session.client.fetch('POST', f'{session.path}/{command}', json.dumps(arguments).encode(),
                                {'Content-Type': 'application/json'})


# -- HTTP ---------------------------------------------------------------------------------

@test('info: version, isolation, languages with their compilers, every limit')
def info():
    said = shared().client.get('/api/v1/info')
    equal([entry['name'] for entry in said['languages']], ['c', 'c++', 'asm'])
    check(all(c['name'] and c['version'] for entry in said['languages'] for c in entry['compilers']), said)
    equal((said['isolation'], said['isolationNote']), ('namespaces', ''))
    check(re.fullmatch(r'\d+\.\d+\.\d+', said['version']), said['version'])
    for name in ('sessions_max', 'compile_wall', 'trace_steps', 'source_max', 'session_idle'):
        check(said['limits'][name] > 0, name)


@test('a session says what it is, and what it has used; ended it is 410 everywhere, unknown 404')
def here_and_gone():
    client = shared().client
    session = client.create(CALLS, record='step')
    session.step_in(granularity='instruction', count=7)
    said = session.info()
    equal((said['session'], said['language'], said['phase']), (session.id, 'c', 'live'))
    check(said['usage']['age_seconds'] < 60, said['usage'])
    equal({entry['name']: entry['used'] for entry in said['state']['live']['limits']}['steps'], 7)
    check(session.id in [row['session'] for row in client.sessions()['sessions']], 'not listed')
    pids = [pid for role in ('programs', 'tracers') for pid in of_session(role)]
    session.delete()
    equal(processes.wait_gone(pids, 10), [], 'left of a deleted session')
    check(session.id not in [row['session'] for row in client.sessions()['sessions']], 'still listed')
    never = client.session('A' * 22)
    for call in ('state', 'info', 'delete', 'events', 'step_in'):
        contains(refuses(410, 'deleted', getattr(session, call)).message, 'owner')
        refuses(404, 'session', getattr(never, call))
    equal(client.fetch('GET', f'{session.path}/program').status, 410)


def of_session(role):
    """Pids of the program that runs now, its stub and its tracer."""
    programs_ = shared().programs()
    if role == 'programs':
        return programs_
    stubs = [processes.parent(pid) for pid in programs_]
    return stubs + [processes.parent(stub) for stub in stubs]


@test('metrics count what is there')
def metrics():
    client = shared().client

    def figures():
        text = client.fetch('GET', '/metrics').body.decode()
        return {key: int(value) for key, value in re.findall(r'^(penguintrace_\w+) (\d+)$', text, re.M)}
    before = figures()
    session = client.create(CALLS)
    socket = WebSocket(session)
    now = figures()
    equal(now['penguintrace_sessions'], before['penguintrace_sessions'] + 1)
    equal(now['penguintrace_sessions_created_total'], before['penguintrace_sessions_created_total'] + 1)
    equal(now['penguintrace_websockets'], before['penguintrace_websockets'] + 1)
    refuses(422, 'compile_failed', client.create, 'int main(')
    equal(figures()['penguintrace_sessions_failed_total'], before['penguintrace_sessions_failed_total'] + 1)
    socket.close()
    session.delete()
    equal(figures()['penguintrace_sessions'], before['penguintrace_sessions'])


@test('the page asks of nobody else: all it names is served here, with the policy')
def assets():
    client = shared().client
    page = client.fetch('GET', '/').body.decode()
    names = re.findall(r'(?:src|href)="([^"#]+)"', page)
    check(len(names) >= 2, names)
    for name in names:
        check(name.startswith(('/', 'data:')) or re.fullmatch(r'[\w./-]+', name), f'{name} is elsewhere')
        if name.startswith('data:'):
            continue
        answer = client.fetch('GET', '/' + name.lstrip('/'))
        equal(answer.status, 200, name)
        contains(answer.headers['content-security-policy'], "default-src 'none'")
        equal(answer.headers['x-content-type-options'], 'nosniff')


# -- the envelope --------------------------------------------------------------------------

def words_of(value, key=''):
    """Every string that begins as a word does."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from words_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, key)
    elif isinstance(value, str) and value.startswith('0x') and key not in ('value', 'result', 'instruction'):
        yield value


@test('words in JSON are lower-case hex without leading zeros')
def words():
    session = shared().client.create(CALLS)
    answers = [session.created, session.next(count=3), session.registers(), session.stack_trace(), session.info(),
               session.disassemble(function=True), session.variables(variablesReference=2),
               session.window(**{'from': 0, 'to': 3}),
               session.set_breakpoints(breakpoints=[{'line': 5}]),
               session.read_memory(address=session.first['registers']['rsp'], count=8)]
    found = [w for answer in answers for w in words_of(answer)]
    check(len(found) > 100, f'only {len(found)} words')
    equal([w for w in found if not WORD.fullmatch(w)], [])
    check('0x0' in found, 'no zero among them')
    for odd in ('0x', '0X10', '10', '0x10000000000000000', ' 0x10', '0xg'):
        refuses(400, 'argument', session.read_memory, address=odd, count=1)
    session.delete()


LARGE = ('#include <string.h>\nstatic char data[1 << 18];\nint main(void)\n{\n\tmemset(data, 0x81, sizeof(data));\n'
         '\tdata[0] = 1;\n\treturn 0;\n}\n')


@test('no answer is longer than 120 KiB, and each says what it left out')
def long_answers():
    session = shared().client.create(LARGE)
    session.goto(line=5)
    state = post(session, 'next', {})
    check(len(state.body) <= ANSWER_MAX, len(state.body))
    contains(state.json()['truncated'], 'memory')
    address = next(w['address'] for w in state.json()['memory'])
    big = {'command': 'readMemory', 'arguments': {'address': address, 'count': 65536}}
    answer = post(session, 'state', {'with': [big] * 8})
    equal(answer.status, 200)
    check(len(answer.body) <= ANSWER_MAX, len(answer.body))
    statuses = [rider['status'] for rider in answer.json()['with']]
    equal(len(statuses), 8)
    check(statuses[0] == 200 and set(statuses) <= {200, 413}, statuses)
    listing = {'command': 'disassemble', 'arguments': {'instructionCount': 512}}
    answer = post(session, 'state', {'with': [listing] * 8})
    check(ANSWER_MAX - 8192 < len(answer.body) <= ANSWER_MAX, f'{len(answer.body)}: not filled, or too long')
    for command, arguments in (('window', {'from': 0, 'to': state.json()['position']}),
                               ('disassemble', {'instructionCount': 512}),
                               ('readMemory', {'address': address, 'count': 65536})):
        answer = post(session, command, arguments)
        check(answer.status == 200 and len(answer.body) <= ANSWER_MAX, (command, answer.status, len(answer.body)))
    session.delete()


@test('32 queries ride along, another one is refused; what rides carries nothing and moves nothing')
def riders():
    session = shared().client.create(CALLS, record='step')
    answer = session.next(**{'with': [{'command': 'registers'}] * 32})
    equal([rider['status'] for rider in answer['with']], [200] * 32)
    contains(refuses(400, 'argument', session.next, **{'with': [{'command': 'registers'}] * 33}).message, '32')
    equal(session.state()['position'], answer['position'], 'a request that was refused moved it')
    inner = {'command': 'registers', 'arguments': {'with': [{'command': 'registers'}]}}
    answer = session.state(**{'with': [inner, {'command': 'stepIn'}, {'command': 'terminate'}]})
    equal([rider['status'] for rider in answer['with']], [400] * 3)
    equal(session.state()['live']['status'], 'stopped')
    session.delete()


@test('nesting is bounded at 6')
def nesting():
    session = shared().client.create(CALLS)
    answer = post(session, 'next', {'with': [{'command': 'registers', 'arguments': {'thread': [[[1]]]}}]})
    equal(answer.status, 400)
    equal(session.state()['position'], 0)
    session.delete()


if __name__ == '__main__':
    main()
