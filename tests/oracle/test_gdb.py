#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What gdb says of the same program at the same place: breakpoints, frames, values, instructions."""
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
    """(offset of pc, names of its own frames, {name: integer}, next instructions)"""
    text = gdb(path, [f'break {source}:{line}', 'run >/dev/null', 'printf "PC %lx\\n", $pc', 'bt',
                      'info args', 'info locals', 'echo CODE\\n', 'x/8i $pc'])
    pc = re.search(r'^PC ([0-9a-f]+)$', text, re.M)
    if not pc:
        return None
    # Only the program's own: gdb may have libc's debug information, and we have not.
    frames = re.findall(r'^#\d+\s+(?:0x[0-9a-f]+ in )?(.+?) \(.* at \S*source0\.', text, re.M)
    values = dict(re.findall(r'^(\w+) = (-?\d+)$', text, re.M))
    code = re.findall(r'^(?:=>|  ) 0x[0-9a-f]+(?: <.*>)?:\s*(\S+)', text.split('CODE')[1], re.M)
    return int(pc.group(1), 16) & 0xfff, frames, values, code


def our_stop(session, line):
    answer = session.request('setBreakpoints', dict(breakpoints=[{'line': line}]))
    check(answer['breakpoints'][0]['verified'], str(answer))
    state = session.continue_()
    equal(state['reason'], 'breakpoint')
    frames = [f['name'] for f in session.stack_trace()['stackFrames'] if 'file' in f]
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
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'program')
        with open(path, 'wb') as file:
            file.write(session.program())
        os.chmod(path, 0o755)
        source = 'source0.c' if language == 'c' else 'source0.cc'
        theirs = their_stop(path, source, line)
        if theirs is None:
            skip('gdb cannot run programs here')
        ours = our_stop(session, line)
    session.delete()
    what = f'{language} {flags} line {line}'
    equal(ours[0], theirs[0], f'{what}: pc')
    if '-O' not in ''.join(flags):        # gdb shows inlined calls as frames
        equal([plain(n) for n in ours[1]], [plain(n) for n in theirs[1]], f'{what}: frames')
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


main()
