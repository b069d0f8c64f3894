#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What-if: variables, registers and memory changed at the newest step, over HTTP, and looked at both ways.
test_rewind.py changes the past."""
import base64
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused, word                                # noqa: E402
from lib.running import Stepped, line_of, refuses                   # noqa: E402
from lib.tap import check, contains, equal, main, test              # noqa: E402
from lib.websocket import WebSocket                                 # noqa: E402

KINDS = r'''enum color { RED, GREEN };
struct pair { int x, y; unsigned few : 3; };
int global = 1;

static int look(int n, char c, unsigned char small)
{
	double d = 1.5;
	int *p = &n;
	enum color color = RED;
	struct pair pair = { 1, 2 };
	register long held __asm__("rbx") = 4;

	n += small;
	return n + c + (int)d + *p + color + pair.x + (int)held;
}

int main(void)
{
	int result = look(1, 'a', 2);

	return result != 0 ? global : 0;
}
'''

FAULT = r'''int good;

int main(void)
{
	int *volatile nowhere = 0;

	*nowhere = 6;
	return good;
}
'''


def send(session, command, **arguments):
    return session.request(command, arguments)


def value(session, name, **moment):
    return session.evaluate(expression=name, **moment)['result']


def at_line(session, part, text=KINDS):
    state = session.request('goto', {'line': line_of(text, part)})
    equal(state['line'], line_of(text, part))
    return state


@test('a variable is set: seen by the program, undone by going back, there again going forward')
def variable():
    with Stepped(KINDS) as session:
        before = at_line(session, 'n += small')['position']
        state = send(session, 'setVariable', name='n', value='40')
        equal((state['from'], state['position'], state['frontier']), (before, before + 1, before + 1))
        equal((state['kind'], state['reason'], state['status']), ('write', 'step', 'stopped'))
        equal(len(state['memory']), 1)
        equal(base64.b64decode(state['memory'][0]['bytes'])[0], 40)
        equal(value(session, 'n'), '40')
        state = session.next()
        equal(value(session, 'n'), '42')
        check('kind' not in state, state)
        equal(session.seek(position=before)['position'], before)
        equal(value(session, 'n'), '1')
        state = session.step_in(granularity='instruction')
        equal((state['position'], state['kind']), (before + 1, 'write'))
        equal(value(session, 'n'), '40')
        state = session.step_back(granularity='instruction')
        equal((state['position'], value(session, 'n')), (before, '1'))
        steps = session.window(**{'from': before, 'to': before + 1})['steps']
        equal([step['kind'] for step in steps][1], 'write')
        equal(base64.b64decode(steps[1]['memory'][0]['old'])[0], 1)


@test('every kind of number, pointers, characters; frames and scopes; a register of the frame')
def kinds():
    with Stepped(KINDS) as session:
        at_line(session, 'n += small')
        for name, new, shown in (('c', "'z'", "122 'z'"), ('small', '255', '255'), ('d', '-2.25', '-2.25'), ('d', '3', '3'),
                                 ('color', '1', 'GREEN'), ('global', '0x10', '16'), ('n', '-5', '-5'),
                                 ('p', 'NULL', '0x0'), ('held', '77', '77')):
            send(session, 'setVariable', name=name, value=new)
            contains(value(session, name), shown)
        equal(word(session.registers()['registers']['rbx']), 77)
        scopes = {s['name']: s['variablesReference'] for s in session.scopes()['scopes']}
        send(session, 'setVariable', variablesReference=scopes['Arguments'], name='n', value='8')
        equal(value(session, 'n'), '8')
        refuses(422, 'name', session.set_variable, variablesReference=scopes['Locals'], name='n', value='8')
        send(session, 'setVariable', frameId=1, name='result', value='5')
        equal(value(session, 'result', frameId=1), '5')
        contains(refuses(422, 'value', session.set_variable, name='small', value='256').message, 'range')
        contains(refuses(422, 'value', session.set_variable, name='n', value='2147483648').message, 'range')
        refuses(422, 'value', session.set_variable, name='n', value='1.5')
        contains(refuses(422, 'value', session.set_variable, name='n', value='many').message, 'many')
        contains(refuses(422, 'name', session.set_variable, name='pair', value='1').message, 'members')
        refuses(422, 'name', session.set_variable, name='nothing', value='1')
        for name, new in (('pair.y', '9'), ('*&pair.x', '-7')):
            send(session, 'setVariable', name=name, value=new)
            equal(session.evaluate(expression=name)['result'], new)
        contains(refuses(422, 'value', session.set_variable, name='pair.y', value='1.5').message, 'whole')
        refuses(422, 'name', session.set_variable, name='pair.x + 1', value='1')
        send(session, 'setVariable', name='pair.few', value='1')
        equal(value(session, 'pair.few'), '1')
        refuses(400, 'argument', session.set_variable, name='n')


PARTS = r'''#include <stdbool.h>
enum color { RED, GREEN = 7, BLUE };
struct in { int x; float f; };
struct s {
	struct in a[4];
	unsigned low : 3, mid : 11, high : 18;
	int minus : 4;
	bool yes;
	enum color c;
	struct s *next;
	char t[8];
};

static int look(struct s *s)
{
	struct s *p = s;

	return s->a[3].x + p->low;
}

int main(void)
{
	struct s one = { .low = 5, .mid = 9, .high = 3 }, two = { .next = &one };

	one.next = &two;
	return look(&one) + two.c;
}
'''


@test('members, elements, bit fields, what pointers point to; values that are expressions')
def parts():
    with Stepped(PARTS) as session:
        at_line(session, 'return s->a[3]', PARTS)
        for name, new, shown in (('s->a[3].x', '40', '40'), ('p->next->a[0].f', '1.25', '1.25'), ('s->yes', 'true', 'true'),
                                 ('s->c', 'BLUE', 'BLUE'), ('s->low', '7', '7'), ('s->mid', '2047', '2047'),
                                 ('s->minus', '-8', '-8'), ('s->high', 's->mid + 1', '2048'), ('s->t[1]', "'q'", "113 'q'"),
                                 ('(*p).next->c', 'GREEN', 'GREEN'), ('p', 'p->next', value(session, 'p->next'))):
            send(session, 'setVariable', name=name, value=new)
            contains(value(session, name), shown)
        equal((value(session, 's->low'), value(session, 's->mid'), value(session, 's->high')), ('7', '2047', '2048'))
        for name, new in (('s->low', '8'), ('s->low', '-1'), ('s->minus', '8'), ('s->mid', '2048'), ('s->low', 'purple')):
            refuses(422, 'value', session.set_variable, name=name, value=new)
        contains(refuses(422, 'name', session.set_variable, name='s->nothing', value='1').message, 'nothing')
        refuses(422, 'name', session.set_variable, name='1 + 2', value='1')
        equal(session.continue_()['exitCode'], 40 + 0 + 7)


@test('an optimized-out variable says so')
def optimized_out():
    text = ('int g;\nint main(int argc, char **argv)\n{\n\tint gone = argc * 3;\n\t(void)argv;\n'
            '\tint constant = 12;\n\tg = constant;\n\treturn 0;\n}\n')
    with Stepped(text, flags=['-O2']) as session:
        for name in ('gone', 'constant'):
            try:
                send(session, 'setVariable', name=name, value='1')
            except Refused as refused:
                equal((refused.status, refused.code), (422, 'name'))
                check('value' in refused.message or 'place' in refused.message, refused.message)
            else:
                equal(value(session, name), '1')


@test('registers: a value, the flags, rip to another line and on from there')
def registers():
    with Stepped(KINDS) as session:
        at_line(session, 'int result = look')
        state = send(session, 'setRegister', name='r12', value='0x1122334455667788')
        equal(state['registers'], {'r12': '0x1122334455667788'})
        flags = word(session.registers()['registers']['eflags'])
        send(session, 'setRegister', name='eflags', value=hex(flags ^ 0x40))
        equal(word(session.registers()['registers']['eflags']), flags ^ 0x40)
        for name, new in (('eflags', hex(flags | 0x100)), ('cs', '0x23'), ('ss', '0'), ('orig_rax', '1'), ('fs', '1')):
            refuses(422, 'protected', session.set_register, name=name, value=new)
        refuses(422, 'bad_address', session.set_register, name='rip', value='0')
        refuses(422, 'name', session.set_register, name='eip', value='0')
        there = line_of(KINDS, 'return result')
        address = session.request('setBreakpoints', {'breakpoints': [{'line': there}]})['breakpoints'][0]['address']
        session.request('setBreakpoints', {'breakpoints': []})
        before = session.state()['position']
        state = send(session, 'setRegister', name='rip', value=address)
        equal((state['line'], state['pc']), (there, address))
        equal(session.step_back(granularity='instruction')['line'], line_of(KINDS, 'int result = look'))
        equal(session.seek(position=before + 1)['line'], there)
        state = session.continue_()
        equal(state['status'], 'exited')


@test('memory and code are written, the code is run; back and forth')
def memory():
    text = '\t.text\n\t.globl main\nmain:\n\tnop\n\tmov $1, %eax\n\tnop\n\tret\n\t.section .note.GNU-stack,"",@progbits\n'
    with Stepped(text, 'asm') as session:
        state = session.step_in(granularity='instruction')
        pc = word(state['pc'])
        old = base64.b64decode(session.read_memory(address=hex(pc), count=5)['data'])
        equal(old, b'\xb8\x01\0\0\0')
        send(session, 'writeMemory', address=hex(pc), data=base64.b64encode(b'\xb8\x2a\0\0\0').decode())
        contains(session.disassemble(instructionCount=1)['instructions'][0]['instruction'], '$0x2a')
        state = session.step_in(granularity='instruction')
        equal(word(state['registers']['rax']), 42)
        equal(base64.b64decode(session.read_memory(address=hex(pc), count=5, position=1)['data']), old)
        session.seek(position=0)
        equal(base64.b64decode(session.read_memory(address=hex(pc), count=5)['data']), old)
        session.seek(position=state['frontier'])
        equal(session.request('lastWrite', {'address': hex(pc), 'size': 1})['position'], 2)
        refuses(422, 'bad_address', session.write_memory, address='0x0', data='AQ==')
        refuses(422, 'data', session.write_memory, address=hex(pc), data='')
        refuses(400, 'argument', session.write_memory, address=hex(pc),
                data=base64.b64encode(b'x' * 4097).decode())
        equal(session.continue_()['exitCode'], 42)
        refuses(409, 'exited', session.write_memory, address=hex(pc), data='AQ==')
        refuses(409, 'exited', session.set_register, name='rax', value='1')


@test('a fault is mended and the program goes on')
def fault():
    with Stepped(FAULT) as session:
        state = session.continue_()
        equal((state['reason'], state['signal']['name']), ('exception', 'SIGSEGV'))
        there = session.evaluate(expression='good')['address']
        state = send(session, 'setRegister', name='rax', value=there)
        equal(state['reason'], 'step')
        check('signal' not in state, state)
        equal(session.step_back(granularity='instruction')['signal']['name'], 'SIGSEGV')
        session.seek(position=state['position'])
        equal(session.continue_()['exitCode'], 6)


@test('other clients follow, and a running program is busy')
def events():
    with Stepped('int main(void)\n{\n\tvolatile unsigned long n = 0;\n\n\tfor (;;)\n\t\tn++;\n}\n') as session:
        socket = WebSocket(session)
        seq = session.events(after=0, wait=0)['seq']
        state = send(session, 'setRegister', name='r12', value='5')
        event = session.events(after=seq, wait=10000)['events'][0]
        equal((event['event'], event['position']), ('stopped', state['position']))
        frame = socket.request('writeMemory', {'address': socket.registers()['registers']['rsp'], 'data': b'\1\2'})
        equal(frame['position'], state['position'] + 1)
        socket.close()
        runs = threading.Thread(target=lambda: session.client.other().session(session.id).continue_())
        runs.start()
        while session.state()['status'] != 'running':
            pass
        refuses(409, 'busy', session.set_register, name='r12', value='6')
        session.pause()
        runs.join()
        equal(session.state()['status'], 'stopped')
        send(session, 'setVariable', name='n', value='7')
        equal(value(session, 'n'), '7')


@test('within a system call memory can be changed, registers cannot; the call goes on')
def in_a_call():
    text = ('#include <unistd.h>\nint n = 1;\nint main(void)\n{\n\tchar c = 0;\n\n'
            '\tif (read(0, &c, 1) != 1)\n\t\treturn 99;\n\treturn c + n;\n}\n')
    with Stepped(text) as session:
        state = session.continue_()
        equal((state['status'], state['live']['waiting']), ('running', True))
        refuses(409, 'busy', session.set_variable, name='n', value='2')
        equal(session.pause()['reason'], 'pause')
        contains(refuses(409, 'in_call', session.set_register, name='rax', value='1').message, 'step')
        equal(send(session, 'setVariable', name='n', value='2')['kind'], 'write')
        session.continue_()
        session.input(text='a\n')
        state = session.continue_()
        equal((state['status'], state['exitCode']), ('exited', ord('a') + 2))


@test('before a system-call instruction that waits, memory is changed, and nothing else')
def before_a_call():
    text = ('\t.text\n\t.globl main\nmain:\n\txor %eax, %eax\n\txor %edi, %edi\n\tlea buffer(%rip), %rsi\n'
            '\tmov $1, %edx\n\tsyscall\n\tpushf\n\tpop %rdx\n\tmovzbl buffer(%rip), %eax\n\taddb extra(%rip), %al\n\tret\n'
            '\t.data\nbuffer:\t.byte 0\nextra:\t.byte 1\n\t.section .note.GNU-stack,"",@progbits\n')
    with Stepped(text, 'asm') as session:
        session.step_in(granularity='instruction', count=4)
        state = session.step_in(granularity='instruction')
        equal((state['status'], state['live']['waiting']), ('running', True))
        equal(session.pause()['position'], 4)
        there = session.registers()['registers']
        extra = hex(word(there['rsi']) + 1)
        state = send(session, 'writeMemory', address=extra, data='Ag==')
        equal((state['position'], state['registers']), (5, {}))
        equal(session.registers()['registers'], there)
        session.step_in(granularity='instruction')
        session.input(text='a\n')
        while session.state()['status'] == 'running':
            session.events(after=session.events(after=0, wait=0)['seq'], wait=200)
        state = session.continue_()
        equal((state['status'], state['exitCode']), ('exited', ord('a') + 2))
        equal(session.registers(position=5)['registers'], there)


if __name__ == '__main__':
    main()
