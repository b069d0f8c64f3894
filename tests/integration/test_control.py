#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Control commands, memory that comes and goes, and events, as the protocol says: what no other suite asks."""
import base64
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused, word                                             # noqa: E402
from lib.running import refuses, run_to_end                                      # noqa: E402
from lib.service import shared                                                   # noqa: E402
from lib.tap import build, check, contains, equal, main, skip, test              # noqa: E402
from lib.traced import CALLS, LIBRARY, LOOP, THREADS                             # noqa: E402
from lib.websocket import WebSocket                                              # noqa: E402

SANITIZED = b'__asan_init' in open(os.path.join(build(), 'penguintrace-tracer'), 'rb').read()


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
        refuses(409, 'busy', session.request, command, arguments)
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
    refuses(422, 'bad_address', session.goto, address='0x1')
    refuses(422, 'bad_address', session.goto, address=session.first['registers']['rsp'])
    refuses(422, 'thread', session.step_in, thread=99)
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
    refuses(409, 'cancelled', socket.reply, number)
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
        refuses(422, 'bad_address', first_bytes, place, line)
    macro = next(s['macro'] for s in (session.state(position=p) for p in range(frontier)) if 'macro' in s)
    check(macro['name'] and macro['microseconds'] >= 0, macro)
    session.delete()


@test('the last position of a finished program is before it leaves, and its past stays')
def last_moment():
    session = shared().client.create(CALLS)
    state = run_to_end(session)
    equal((state['position'], state['reason'], state['exitCode']), (state['frontier'], 'exited', 3))
    equal(session.state(position=0)['status'], 'stopped')
    check('exitCode' not in session.state(position=0), 'an exit code in the past')
    refuses(422, 'out_of_range', session.seek, position=state['frontier'] + 1)
    refuses(422, 'out_of_range', session.step_in, position=state['frontier'] + 1)
    refuses(409, 'stale', session.registers, position=0, epoch=state['epoch'] + 1)
    session.delete()


@test('a program makes no process and becomes no other: fork says EAGAIN, exec EACCES')
def one_program():
    text = ('#define _GNU_SOURCE\n#include <errno.h>\n#include <fcntl.h>\n#include <sched.h>\n#include <spawn.h>\n#include <signal.h>\n'
            '#include <sys/syscall.h>\n#include <unistd.h>\nextern char **environ;\n'
            'static char *args[] = { "true", 0 };\nstatic char stack[65536];\n'
            'static int child(void *a)\n{\n\treturn a == 0;\n}\n'
            'int main(void)\n{\n\tpid_t pid;\n'
            '\tif (fork() != -1 || errno != EAGAIN)\n\t\treturn 1;\n\tif (vfork() != -1 || errno != EAGAIN)\n\t\treturn 2;\n'
            '\tif (clone(child, stack + sizeof stack, SIGCHLD, 0) != -1 || errno != EAGAIN)\n\t\treturn 3;\n'
            '\tif (syscall(SYS_clone3, 0, 0) != -1)\n\t\treturn 4;\n'
            '\tif (posix_spawn(&pid, "/proc/self/exe", 0, 0, args, environ) != EAGAIN)\n\t\treturn 5;\n'
            '\tif (execv("/proc/self/exe", args) != -1 || errno != EACCES)\n\t\treturn 6;\n'
            '\tint fd = open("/proc/self/exe", O_RDONLY);\n'
            '\tif (syscall(SYS_execveat, fd, "", args, environ, AT_EMPTY_PATH) != -1 || errno != EACCES)\n\t\treturn 7;\n'
            '\treturn fexecve(fd, args, environ) != -1 || errno != EACCES ? 8 : 0;\n}\n')
    session = shared().client.create(text)
    equal(run_to_end(session)['exitCode'], 0)
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
    run_to_end(session)
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


if __name__ == '__main__':
    main()
