#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What gdb says of the same program at the same place: breakpoints, frames, values, instructions, steps."""
import ast
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.service import shared                          # noqa: E402
from lib.tap import check, equal, main, note, skip, test      # noqa: E402

C = r'''#include <stdio.h>
#include <stdlib.h>
struct pair { int left; long right; };
static int order(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;
	return x - y;
}
static long deep(int n, struct pair *p, const char *name)
{
	long here = n * 10 + p->left;
	if (n > 0)
		return deep(n - 1, p, name) + here;
	printf("%s %ld\n", name, here);
	return here + p->right;
}
int main(int argc, char **argv)
{
	int values[] = { 5, 3, 9 };
	struct pair p = { argc, -7 };
	qsort(values, 3, sizeof(values[0]), order);
	long sum = deep(3, &p, "deep");
	for (int i = 0; i < 3; i++)
		sum += values[i];
	return sum == 0 && argv == 0;
}
'''

CXX = r'''#include <stdexcept>
#include <vector>
namespace shapes {
struct Shape {
	virtual ~Shape() {}
	virtual int area(int scale) const = 0;
};
struct Square : Shape {
	int side;
	explicit Square(int s) : side(s) {}
	int area(int scale) const override
	{
		int result = side * side * scale;
		return result;
	}
};
}
template <class T> T twice(T value)
{
	T doubled = value + value;
	return doubled;
}
static int all(const std::vector<shapes::Shape *> &list)
{
	int sum = 0;
	for (auto *s : list)
		sum += s->area(2);
	return twice(sum);
}
int main()
{
	shapes::Square a(3), b(4);
	std::vector<shapes::Shape *> list{&a, &b};
	int total = all(list);
	auto add = [&](int more) {
		int result = total + more;
		return result;
	};
	return add(1) == 0;
}
'''

# (language, text, flags, what stands on the lines at which both stop: everything there has a value)
PROGRAMS = [
    ('c', C, [], ('return x - y', 'printf', 'sum += values', 'return sum == 0')),
    ('c', C, ['-O2'], ('printf', 'sum += values')),
    ('c', C, ['-fPIE', '-pie'], ('if (n > 0)', 'return here')),
    ('c++', CXX, [], ('return result', 'return doubled', 'return twice', 'return add')),
    ('c++', CXX, ['-O1'], ('return result', 'sum += s')),
]


@contextlib.contextmanager
def program_of(session):
    """The path of the session's program, in a folder of its own, for gdb."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'program')
        with open(path, 'wb') as file:
            file.write(session.program())
        os.chmod(path, 0o755)
        yield path


def line_of(text, part):
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def gdb(path, commands):
    """What gdb prints for commands on the ELF."""
    argv = ['gdb', '--batch', '-nx', '-ex', 'set debuginfod enabled off', '-ex', 'set width 0',
            '-ex', 'set print frame-arguments none', '-ex', 'set disassembly-flavor intel']
    for command in commands:
        argv += ['-ex', command]
    result = subprocess.run(argv + [path], capture_output=True, text=True, timeout=60,
                            stdin=subprocess.DEVNULL, check=False)
    return result.stdout


def number(word):
    return int(word, 16) if isinstance(word, str) else word


def offset(word):
    """Within the program, wherever it was loaded."""
    return number(word) & 0xfff


def their_stop(path, source, line):
    """(offset of pc, [(name, line)] of its own frames, {name: integer}, next instructions)"""
    text = gdb(path, [f'break {source}:{line}', 'run >/dev/null', 'printf "PC %lx\\n", $pc', 'bt',
                      'info args', 'info locals', 'echo CODE\\n', 'x/8i $pc'])
    pc = re.search(r'^PC ([0-9a-f]+)$', text, re.M)
    if not pc:
        return None
    # Only the program's own: gdb may have libc's debug information, and we have not.
    frames = re.findall(r'^#\d+\s+(?:0x[0-9a-f]+ in )?(.+?) \(.* at \S*source0\.\w+:(\d+)', text, re.M)
    values = dict(re.findall(r'^(\w+) = (-?\d+)$', text, re.M))
    code = re.findall(r'^(?:=>|  ) 0x[0-9a-f]+(?: <.*>)?:\s*(\S+)', text.split('CODE')[1], re.M)
    return int(pc.group(1), 16) & 0xfff, frames, values, code


def our_stop(session, line):
    answer = session.request('setBreakpoints', dict(breakpoints=[{'line': line}]))
    check(answer['breakpoints'][0]['verified'], str(answer))
    state = session.continue_()
    equal(state['reason'], 'breakpoint')
    frames = [(f['name'], str(f['line'])) for f in session.stack_trace()['stackFrames'] if 'file' in f]
    values = {}
    for reference in (1, 2):
        for v in session.variables(variablesReference=reference)['variables']:
            values[v['name']] = v['value'] if v['available'] else None
    code = session.disassemble(instructionCount=8, syntax='intel')['instructions']
    names = [i['instruction'].split()[0] for i in code]
    return offset(state['pc']), frames, values, names


def plain(name):
    """gdb's "shapes::Square::area", "twice<int>" and our own are the same; a lambda is not."""
    return 'lambda' if 'lambda' in name or 'operator()' in name else name


def same_code(ours, theirs):
    """Mnemonics as both print them; the same instruction has some other names."""
    aliases = {'je': 'jz', 'jne': 'jnz', 'movabs': 'mov', 'cdqe': 'cltq', 'data16': 'nop', 'cs': 'nop'}
    return [aliases.get(n, n) for n in ours] == [aliases.get(n, n) for n in theirs]


def compare(language, text, flags, line):
    session = shared().client.create(text, language, flags=flags)
    with program_of(session) as path:
        source = 'source0.c' if language == 'c' else 'source0.cc'
        theirs = their_stop(path, source, line)
        if theirs is None:
            skip('gdb cannot run programs here')
        ours = our_stop(session, line)
    session.delete()
    what = f'{language} {flags} line {line}'
    equal(ours[0], theirs[0], f'{what}: pc')
    equal([(plain(n), at) for n, at in ours[1]], [(plain(n), at) for n, at in theirs[1]], f'{what}: frames')
    known = {n: v for n, v in theirs[2].items() if ours[2].get(n) is not None}
    equal({n: ours[2][n] for n in known}, known, f'{what}: values')
    check(same_code(ours[3], theirs[3]), f'{what}: {ours[3]} against {theirs[3]}')
    return len(known)


@test('breakpoints, frames, values and instructions are as gdb says', seconds=240)
def as_gdb():
    if not shutil.which('gdb'):
        skip('gdb is not installed')
    compared = 0
    for language, text, flags, places in PROGRAMS:
        for place in places:
            compared += compare(language, text, flags, line_of(text, place))
    note(f'{compared} values compared')
    check(compared >= 20, f'only {compared} values')



# -- steps ---------------------------------------------------------------------
#
# Where the two differ on purpose:
# - A step into a function stops at its first instruction, where its line begins; gdb
#   goes on behind the prologue.
# - After a return the rest of the calling line is a stop of its own; gdb goes on to the
#   next line.
# - At the line of an inlined call stepIn stops within, gdb first at the line that calls: at
#   one pc it has two places.  next stops at the line that calls, as gdb does, but only where
#   the inlined call's first instruction is a statement.
# - Without debug information of its libraries gdb enters no callback and no handler, loses
#   its way in tail calls into them, longjmp and exceptions: those are tests/unit/test-stepping.c's.

HEADER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'unit', 'stepping-programs.h')

STEPS = [
    # (program, flags, command, gdb's)
    ('recursion', [], 'stepIn', 'step'), ('recursion', [], 'next', 'next'),
    ('inlines', [], 'stepIn', 'step'), ('inlines', [], 'next', 'next'),
    ('inlines', ['-O1'], 'next', 'next'), ('inlines', ['-O2', '-fomit-frame-pointer'], 'next', 'next'),
    ('tails', [], 'stepIn', 'step'), ('tails', ['-O2'], 'next', 'next'),
    ('loops', [], 'stepIn', 'step'), ('loops', [], 'next', 'next'), ('loops', ['-O2'], 'next', 'next'),
    ('callbacks', [], 'next', 'next'), ('callbacks', ['-O2'], 'next', 'next'),
    ('endings', [], 'next', 'next'),
    ('coroutines', [], 'next', 'next'), ('coroutines', ['-O2'], 'next', 'next'),
]

WALK = r"""
import gdb, json
given = json.load(open('%(given)s'))
def place(pc):
    function = gdb.block_for_pc(pc)
    while function is not None and function.function is None:
        function = function.superblock
    return function
def is_virtual(frame):
    "The call of an inlined function, of which nothing has run: gdb shows the caller."
    function = place(frame.pc())
    return function is not None and frame.function() is not None and \
        function.function.name != frame.function().name
def starts(pc):
    symbol = gdb.find_pc_line(pc)
    function = place(pc)
    while function is not None and not (function.function and function.superblock.is_static):
        function = function.superblock
    return symbol.pc == pc and not (function is not None and function.start == pc)
theirs = []
for i in range(200):
    try:
        gdb.execute('%(command)s', to_string=True)
        frame = gdb.newest_frame()
    except gdb.error:
        break
    sal = frame.find_sal()
    if sal.symtab is None or 'source0' not in sal.symtab.filename:
        break
    theirs.append((sal.line, is_virtual(frame)))
ours = [line for pc, line in given if starts(pc)]
print('STEPS ' + json.dumps([ours, theirs]))
"""


def stepping_program(name):
    with open(HEADER, encoding='utf-8') as file:
        body = re.search(r'char %s\[\] =\n((?:".*\n)+)' % name, file.read()).group(1)
    return ''.join(ast.literal_eval(text) for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', body))


def our_steps(session, command):
    stops = []
    while True:
        state = session.request(command, {})
        if state['reason'] != 'step':
            return stops
        top = session.stack_trace()['stackFrames'][0]
        equal((top['name'], top['line']), (state['function'], state['line']), 'the innermost frame')
        stops.append((number(state['pc']), state['line']))


def their_steps(path, directory, stops, command):
    """(our lines, their lines), both without the differences above"""
    given, script = os.path.join(directory, 'given.json'), os.path.join(directory, 'walk.py')
    with open(given, 'w', encoding='utf-8') as file:
        json.dump(stops, file)
    with open(script, 'w', encoding='utf-8') as file:
        file.write(WALK % {'given': given, 'command': command})
    text = gdb(path, ['set debug-file-directory /nonexistent', 'handle SIGUSR1 SIGUSR2 nostop noprint pass',
                      'break *main', 'run >/dev/null', f'source {script}'])
    answer = re.search(r'^STEPS (.*)$', text, re.M)
    return without_calls(*json.loads(answer.group(1)), command) if answer else None


def without_calls(ours, theirs, command):
    """Of gdb's places of inlined calls, into which it steps, those only that are stops here, too."""
    kept = []
    for line, is_call in theirs:
        if command == 'next' or not is_call or ours[len(kept):len(kept) + 1] == [line]:
            kept.append(line)
    return ours, kept


@test('steps by line end where those of gdb do', seconds=240)
def steps_as_gdb():
    if not shutil.which('gdb'):
        skip('gdb is not installed')
    compared = 0
    for name, flags, command, theirs in STEPS:
        session = shared().client.create(stepping_program(name), 'c', flags=flags)
        with program_of(session) as path:
            lines = their_steps(path, os.path.dirname(path), our_steps(session, command), theirs)
        session.delete()
        if lines is None:
            skip('gdb cannot run programs here')
        equal(lines[0], lines[1], f'{name} {flags} {command}')
        compared += len(lines[0])
    note(f'{compared} steps compared')
    check(compared >= 100, f'only {compared} steps')


# -- out of frames, and to a line -----------------------------------------------
#
# Without debug information of libraries gdb's finish ends in those, out of a callback: here the
# person's code is gone to.

ENDS = [
    # (program, flags, line to begin at, line to go to); None: out of the frame
    ('recursion', [], 4, None), ('recursion', [], 3, None),
    ('tails', [], 15, None), ('tails', ['-O2'], 20, None), ('inlines', [], 5, None), ('inlines', [], 17, None),
    ('inlines', ['-O2'], 17, None), ('loops', ['-O2'], 6, None),
    ('recursion', [], 10, 6), ('recursion', [], 3, 6), ('loops', [], 15, 26), ('loops', [], 5, 11),
    ('loops', ['-O2'], 18, 26), ('callbacks', [], 9, 5), ('callbacks', [], 9, 11), ('coroutines', [], 17, 19),
    ('endings', [], 17, 13), ('inlines', [], 26, 12), ('inlines', [], 26, 30), ('tails', [], 6, 13),
]


def ours_end(session, line, to):
    """(line, names of its own frames, offset of pc)"""
    our_stop(session, line)
    session.set_breakpoints(breakpoints=[])
    state = session.step_out() if to is None else session.goto(line=to)
    equal(state['reason'], 'step' if to is None else 'goto')
    frames = [f['name'] for f in session.stack_trace()['stackFrames'] if 'file' in f]
    return state['line'], frames, offset(state['pc'])


def their_end(path, line, to):
    command = 'finish' if to is None else f'tbreak source0.c:{to}'
    text = gdb(path, ['set debug-file-directory /nonexistent', f'break source0.c:{line}', 'run >/dev/null', 'delete',
                      command] + (['continue'] if to else []) + ['printf "PC %lx\\n", $pc', 'bt'])
    pc = re.search(r'^PC ([0-9a-f]+)$', text, re.M)
    frames = re.findall(r'^#\d+\s+(?:0x[0-9a-f]+ in )?(.+?) \(.* at \S*source0\.\w+:(\d+)', text, re.M)
    return (int(frames[0][1]), [name for name, _ in frames], int(pc.group(1), 16) & 0xfff) if pc and frames else None


@test('stepOut and goto end where finish and a run to a line do', seconds=240)
def ends_as_gdb():
    if not shutil.which('gdb'):
        skip('gdb is not installed')
    for name, flags, line, to in ENDS:
        session = shared().client.create(stepping_program(name), 'c', flags=flags)
        with program_of(session) as path:
            theirs = their_end(path, line, to)
        ours = ours_end(session, line, to)
        session.delete()
        if theirs is None:
            skip('gdb cannot run programs here')
        equal(ours, theirs, f'{name} {flags} from line {line} {"out" if to is None else f"to {to}"}')


main()
