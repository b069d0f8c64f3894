#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sentences of the protocol and of the design that no other suite asks: each on the whole service."""
import base64
import json
import os
import re
import signal
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes, programs                                             # noqa: E402
from lib.client import Refused, word                                            # noqa: E402
from lib.service import shared                                                  # noqa: E402
from lib.tap import build, check, contains, equal, main, skip, test             # noqa: E402
from lib.traced import CALLS, LIBRARY, LOOP, THREADS                                     # noqa: E402
from lib.websocket import WebSocket                                     # noqa: E402

ANSWER_MAX = 120 << 10
SANITIZED = b'__asan_init' in open(os.path.join(build(), 'penguintrace-tracer'), 'rb').read()
WORD = re.compile(r'0x(0|[1-9a-f][0-9a-f]{0,15})')


def refused(status, code, function, *arguments, **named):
    """The refusal that a call must get."""
    try:
        answer = function(*arguments, **named)
    except Refused as refusal:
        equal((refusal.status, refusal.code), (status, code), str(refusal))
        check(len(refusal.message) > 10, f'the message says nothing: {refusal.message!r}')
        return refusal
    raise AssertionError(f'not refused: {answer!r}')


def end(session, state=None):
    """continue until the program's end: its last state."""
    state = state or session.continue_()
    while state['status'] != 'exited':
        check(state['status'] == 'stopped', state)
        state = session.continue_()
    return state


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
        contains(refused(410, 'deleted', getattr(session, call)).message, 'owner')
        refused(404, 'session', getattr(never, call))
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
    refused(422, 'compile_failed', client.create, 'int main(')
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
        refused(400, 'argument', session.read_memory, address=odd, count=1)
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
    contains(refused(400, 'argument', session.next, **{'with': [{'command': 'registers'}] * 33}).message, '32')
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


# -- control ---------------------------------------------------------------------------------

@test('continue joins a continue; while it runs queries, input and breakpoints work, and steps are busy')
def joining():
    client = shared().client
    session = client.create(LOOP, record='step')
    socket = WebSocket(session)
    answers = []

    def go():
        answers.append(client.other().session(session.id).continue_())
    first = threading.Thread(target=go)
    first.start()
    socket.wait_event('continued')
    number = socket.post('continue', {})
    for command, arguments in (('stepIn', {}), ('next', {}), ('stepOut', {}), ('stepBack', {}), ('reverseContinue', {}),
                               ('seek', {'position': 0}), ('goto', {'line': 6})):
        refused(409, 'busy', session.request, command, arguments)
    pc = session.first['pc']
    equal(session.registers()['registers']['rip'], pc)
    for command, arguments in (('stackTrace', {}), ('variables', {'variablesReference': 2}), ('threads', {}),
                               ('readMemory', {'address': pc, 'count': 4}), ('disassemble', {}), ('output', {}),
                               ('input', {'text': 'x'}), ('timeline', {}), ('source', {}),
                               ('setBreakpoints', {'breakpoints': []}),
                               ('setInstructionBreakpoints', {'breakpoints': []}),
                               ('setFunctionBreakpoints', {'breakpoints': []})):
        session.request(command, arguments)
    equal(session.state()['live']['status'], 'running')
    paused = session.pause()
    joined = socket.reply(number)
    first.join(20)
    equal([(s['position'], word(s['pc']), s['reason']) for s in (joined, answers[0])],
          [(paused['position'], word(paused['pc']), 'pause')] * 2)
    before = session.state()
    equal((session.pause()['position'], session.state()), (before['position'], before), 'pause on a stopped session:')
    number = socket.post('continue', {})
    socket.wait_event('continued')
    equal(session.terminate()['live']['status'], 'exited')
    socket.reply(number)
    equal(session.seek(position=before['position'])['pc'], before['pc'])
    socket.close()
    session.delete()


@test('enter goes into code without lines; direction goes back over calls and out of functions')
def directions():
    session = shared().client.create(LIBRARY, record='step')
    session.goto(line=15)
    while 'call' not in session.disassemble(instructionCount=1)['instructions'][0]['instruction']:
        session.step_in(granularity='instruction')
    inside = session.step_in(granularity='instruction', enter=True)
    contains(inside['function'], 'memset')
    check('file' not in inside and 'macro' not in inside, inside)
    equal(session.step_out()['function'], 'main')
    session.delete()
    session = shared().client.create(CALLS)
    line = CALLS.splitlines().index('\ta = twice(3);') + 1
    before = session.goto(line=line)
    session.next()
    back = session.next(direction='back')
    equal((back['position'], back['line']), (before['position'], line))
    session.goto(line=5)
    call = session.step_out(direction='back')
    equal((call['function'], call['line']), ('main', line))
    contains(session.disassemble(instructionCount=1)['instructions'][0]['target'], 'twice')
    equal(session.step_in(granularity='statement')['function'], 'twice')
    session.delete()


@test('goto an address stops there; where no code is, and a thread that is not there, are told')
def goto_address():
    session = shared().client.create(CALLS)
    listing = session.disassemble(function=True)['instructions']
    refused(422, 'bad_address', session.goto, address='0x1')
    refused(422, 'bad_address', session.goto, address=session.first['registers']['rsp'])
    refused(422, 'thread', session.step_in, thread=99)
    equal(session.state()['position'], 0, 'what is refused moves nothing:')
    target = next(entry['address'] for entry in listing if entry.get('target', '').startswith('twice'))
    state = session.goto(address=target)
    equal((state['reason'], state['pc']), ('goto', target))
    session.delete()


@test('cancel gives up a request of this WebSocket; what runs goes on')
def cancel():
    session = shared().client.create(LOOP, flags=['-O1'])
    socket, other = WebSocket(session), WebSocket(session)
    equal((socket.hello['flags'], socket.hello['files'][0]['text']), (['-O1'], LOOP))
    number = socket.post('continue', {})
    socket.wait_event('continued')
    equal(other.request('cancel', {'requestId': number}), {'cancelled': False})
    cancelling = socket.post('cancel', {'requestId': number})
    refused(409, 'cancelled', socket.reply, number)
    equal(socket.reply(cancelling), {'cancelled': True})
    equal(session.state()['live']['status'], 'running')
    equal(session.pause()['reason'], 'pause')
    socket.close()
    other.close()
    session.delete()


@test('a fatal signal says where, and whether it read, wrote or executed')
def faults():
    for statement, address, access in (('return *(volatile int *)0x10;', '0x10', 'reading'),
                                       ('*(volatile int *)0x18 = 1; return 0;', '0x18', 'writing'),
                                       ('((void (*)(void))0x20)(); return 0;', '0x20', 'executing')):
        session = shared().client.create(f'int main(void)\n{{\n\t{statement}\n}}\n')
        signal_ = session.continue_()['signal']
        equal((signal_['name'], signal_['address'], signal_['access']), ('SIGSEGV', address, access))
        contains([frame['name'] for frame in session.stack_trace()['stackFrames']], 'main')
        equal(session.step_back()['function'], 'main')
        session.delete()


@test('over HTTP a continue answers after 20 s, and a poll too; other sessions are not held up')
def default_wait():
    if SANITIZED:
        skip('it takes 20 s, and the other build has it')
    client = shared().client
    session = client.create(LOOP)
    quiet = client.create(CALLS, record='step')
    took = {}

    def timed(name, call):
        start = time.monotonic()
        took[name] = (call(), time.monotonic() - start)
    threads = [threading.Thread(target=timed, args=('continue', client.other().session(session.id).continue_)),
               threading.Thread(target=timed, args=(
                   'poll', lambda: client.other().get(f'{quiet.path}/events?after=0')))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    equal(took['continue'][0]['status'], 'running')
    equal(took['poll'][0]['events'], [])
    for name, (_, seconds) in took.items():
        check(19 < seconds < 30, f'{name} took {seconds:.1f} s')
    session.pause()
    session.delete()
    quiet.delete()


# -- the timeline ----------------------------------------------------------------------------

ALLOCATIONS = r'''#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int main(void)
{
	char *small = malloc(100);
	char *large = malloc(1 << 20);
	char *mapped;

	memset(small, 1, 100);
	memset(large, 2, 1 << 20);
	free(large);
	free(small);
	mapped = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(mapped, 3, 8192);
	mprotect(mapped, 4096, PROT_READ);
	munmap(mapped, 8192);
	return 0;
}
'''


def looks(session, position, places):
    """The bytes at each place, or that nothing is there; and the registers."""
    seen = [session.registers(position=position)['registers']]
    for place in places:
        try:
            seen.append(session.read_memory(address=place, count=4096, position=position)['data'])
        except Refused as refusal:
            seen.append(refusal.code)
    return seen


@test('memory that comes and goes is there exactly when it was: malloc, free, mmap, mprotect, munmap')
def allocations():
    session = shared().client.create(ALLOCATIONS)
    positions, places = {session.first['line']: 0}, []
    seen = {}
    state = session.first
    while state['status'] != 'exited':
        for name in ('small', 'large', 'mapped'):
            place = session.evaluate(expression=name)['result'].split()[0] if state['line'] else '0x0'
            if len(places) < 3 and state['line'] == {'small': 8, 'large': 11, 'mapped': 16}[name]:
                places.append(place)
        # What is seen now, at the frontier, is what must be seen ever after.
        positions[state['line']] = state['position']
        seen[state['position']] = looks(session, state['position'], places), len(places)
        state = session.next()
    equal(len(places), 3)
    small, large, mapped = places
    equal(state['exitCode'], 0)
    frontier = state['frontier']
    for position in sorted(seen, reverse=True):
        equal(session.seek(position=position)['frontier'], frontier)
        then, count = seen[position]
        equal(looks(session, position, places[:count]), then, f'at {position}:')

    def first_bytes(place, line):
        return session.read_memory(address=place, count=4, position=positions[line])['data']
    equal([first_bytes(*at) for at in ((small, 11), (small, 12), (large, 12), (large, 13), (mapped, 16), (mapped, 17))],
          [base64.b64encode(bytes([byte] * 4)).decode() for byte in (0, 1, 0, 2, 0, 3)])
    for place, line in ((large, 8), (large, 14), (mapped, 19)):
        refused(422, 'bad_address', first_bytes, place, line)
    macro = next(s['macro'] for s in (session.state(position=p) for p in range(frontier)) if 'macro' in s)
    check(macro['name'] and macro['microseconds'] >= 0, macro)
    session.delete()


@test('the last position of a finished program is before it leaves, and its past stays')
def last_moment():
    session = shared().client.create(CALLS)
    state = end(session)
    equal((state['position'], state['reason'], state['exitCode']), (state['frontier'], 'exited', 3))
    equal(session.state(position=0)['status'], 'stopped')
    check('exitCode' not in session.state(position=0), 'an exit code in the past')
    refused(422, 'out_of_range', session.seek, position=state['frontier'] + 1)
    refused(422, 'out_of_range', session.step_in, position=state['frontier'] + 1)
    refused(409, 'stale', session.registers, position=0, epoch=state['epoch'] + 1)
    session.delete()


@test('a program makes no process and becomes no other: fork says EAGAIN, exec EACCES')
def one_program():
    text = ('#include <errno.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint main(void)\n{\n'
            '\tif (fork() != -1 || errno != EAGAIN)\n\t\treturn 1;\n\tif (vfork() != -1 || errno != EAGAIN)\n\t\treturn 2;\n'
            '\texecl("/bin/true", "true", (char *)0);\n\treturn errno == EACCES ? 0 : 3;\n}\n')
    session = shared().client.create(text)
    equal(end(session)['exitCode'], 0)
    session.delete()
    session = shared().client.create(text)
    state = session.first
    while state['status'] != 'exited':
        state = session.next()
    equal(state['exitCode'], 0)
    session.delete()


@test('events: each has the next number; threads come and go')
def events():
    session = shared().client.create(THREADS, flags=['-pthread'], record={'policy': 'step'})
    session.set_breakpoints(breakpoints=[{'line': 7}])
    state = session.continue_()
    equal(state['function'], 'worker')
    session.set_breakpoints(breakpoints=[])
    end(session)
    said = session.events(0, wait=0)
    equal([event['seq'] for event in said['events']], list(range(1, said['seq'] + 1)))
    names = [event['event'] for event in said['events']]
    for name in ('breakpoint', 'stopped', 'exited', 'thread'):
        contains(names, name)
    started = [event['thread'] for event in said['events'] if event['event'] == 'thread' and event['reason'] == 'started']
    check(state['thread'] in started, (started, state['thread']))
    equal((said['lost'], session.events(said['seq'], wait=0)['events']), (False, []))
    session.delete()


@test('a frontier that moves is told, at most ten times a second')
def frontier():
    session = shared().client.create(LOOP)
    start = time.monotonic()
    state = session.step_in(granularity='instruction', count=60000)
    took = time.monotonic() - start
    equal(state['position'], 60000)
    told = [event['frontier'] for event in session.events(0, wait=0)['events'] if event['event'] == 'frontier']
    check(1 <= len(told) <= took * 10 + 2, f'{len(told)} in {took:.1f} s')
    equal(told, sorted(told))
    session.delete()


@test('a client that was away too long is told that events are lost')
def lost_events():
    session = shared().client.create(CALLS)
    socket = WebSocket(session)
    for _ in range(4):
        for number in [socket.post('setBreakpoints', {'breakpoints': []}) for _ in range(300)]:
            socket.reply(number)
    said = session.events(1, wait=0)
    check(said['lost'] and said['events'][0]['seq'] > 2, (said['lost'], said['seq'], said['events'][0]['seq']))
    equal(session.events(said['seq'] - 1, wait=0)['lost'], False)
    socket.close()
    session.delete()


# -- processes ---------------------------------------------------------------------------------

def stopped(pid):
    return processes.status(pid)['State'].startswith('T')


@test('the broker is out of the step path: with it stopped, sessions step, run and are looked at')
def without_broker():
    session = shared().client.create(CALLS)
    socket = WebSocket(session)
    broker = shared().one('broker')
    os.kill(broker, signal.SIGSTOP)
    try:
        processes.wait_for(lambda: stopped(broker), what='a stopped broker')
        for number in range(1, 21):
            equal(session.step_in(granularity='instruction', wait=5000)['position'], number)
        equal(socket.step_back(count=3)['status'], 'stopped')
        session.stack_trace()
        equal(end(session)['exitCode'], 3)
    finally:
        os.kill(broker, signal.SIGCONT)
    socket.close()
    session.delete()


@test('gcc and its children hold nothing and are behind the filter')
def compilers():
    service = shared()
    client = service.client.other()
    thread = threading.Thread(target=lambda: _ignore(lambda: client.create(programs.SLOW_TO_COMPILE, 'c++')), daemon=True)
    thread.start()
    busy = processes.wait_for(lambda: service.named('.*cc1plus'), what='a compilation')[0]
    while processes.parent(busy) != service.pid:
        now = processes.status(busy)
        equal((now['Seccomp'], now['NoNewPrivs']), ('2', '1'), now['Name'])
        equal([int(now[name], 16) for name in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')], [0] * 5, now['Name'])
        check('0' not in now['Uid'].split() or os.geteuid() != 0, f'{now["Name"]} is root')
        busy = processes.parent(busy)
    client._connection.sock.shutdown(2)         # pylint: disable=protected-access
    thread.join(20)


def _ignore(call):
    try:
        call()
    except Exception:                                   # pylint: disable=broad-except
        pass


@test('httpd, broker and workers have a network without anything in it')
def networks():
    if os.geteuid() != 0:
        skip('only root may look at the network of others')
    service = shared()
    session = service.client.create(CALLS)
    pids = [service.one('httpd'), service.one('broker'), *service.ours('compiler'), *service.ours('tracer'),
            *service.programs()]
    for pid in pids:
        with open(f'/proc/{pid}/net/dev', encoding='ascii') as file:
            names = [line.partition(':')[0].strip() for line in file if ':' in line]
        equal(names, ['lo'], processes.name(pid))
        with open(f'/proc/{pid}/net/route', encoding='ascii') as file:
            equal(file.readlines()[1:], [], f'{processes.name(pid)} has routes')
        with open(f'/proc/{pid}/net/if_inet6', encoding='ascii') as file:
            equal(file.read(), '', processes.name(pid))
    session.delete()


@test('a session that stands wakes nobody up')
def idle():
    service = shared()
    session = service.client.create(CALLS)
    socket = WebSocket(session)
    tracer = processes.parent(processes.parent(service.programs()[0]))
    pids = [service.one('httpd'), tracer, service.programs()[0]]

    def switches():
        return [[processes.status(pid)[name] for name in ('voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches')]
                for pid in pids]
    session.recorded()
    socket.state()
    processes.wait_for(lambda: all(processes.status(pid)['State'][0] in 'St' for pid in pids), what='sleep')
    before = switches()
    time.sleep(1)               # what is measured is that in this time nothing happens
    equal(switches(), before, 'wake-ups of httpd, tracer, program in 1 s')
    socket.close()
    session.delete()


if __name__ == '__main__':
    main()
