#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiling, over the HTTP API: what becomes a session, and what each refusal says."""
import base64
import glob
import http.client
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import processes                                       # noqa: E402
from lib.client import Refused                                  # noqa: E402
from lib.service import Service, shared                         # noqa: E402
from lib.tap import check, contains, equal, main, skip, test    # noqa: E402

SESSIONS = '/api/v1/sessions'
X86 = os.uname().machine == 'x86_64'

HELLO = '#include <stdio.h>\nint main(void)\n{\n\tputs("hello");\n\treturn 0;\n}\n'
CXX_HELLO = ('#include <iostream>\n#include <map>\n#include <string>\n#include <vector>\n'
             'int main()\n{\n\tstd::map<std::string, int> m{{"a", 1}};\n\tstd::vector<int> v{1, 2, 3};\n'
             '\tauto f = [&](int x) { return x + v[1] + m["a"]; };\n\tstd::cout << f(4) << std::endl;\n}\n')
ARGUMENTS = ('#include <stdio.h>\n#include <stdlib.h>\nint main(int n, char **v)\n{\n'
             '\tfor (int i = 1; i < n; i++)\n\t\tputs(v[i]);\n\tputs(getenv("COLOUR"));\n\treturn 0;\n}\n')
ASM_MAIN = ('\t.globl main\n\t.section .rodata\ns:\t.string "asm"\n\t.text\nmain:\n\tpushq %rbp\n'
            '\tleaq s(%rip), %rdi\n\tcall puts@PLT\n\txorl %eax, %eax\n\tpopq %rbp\n\tret\n')
ASM_INTEL = ('\t.globl main\n\t.section .rodata\ns:\t.string "intel"\n\t.text\nmain:\n\tpush rbp\n'
             '\tlea rdi, s[rip]\n\tcall puts@PLT\n\txor eax, eax\n\tpop rbp\n\tret\n')
ASM_START = ('\t.globl _start\n_start:\n\tmovl $1, %eax\n\tmovl $1, %edi\n\tleaq s(%rip), %rsi\n'
             '\tmovl $6, %edx\n\tsyscall\n\tmovl $60, %eax\n\txorl %edi, %edi\n\tsyscall\ns:\t.ascii "start\\n"\n')
CONSTEXPR_BOMB = ('constexpr unsigned long f(unsigned long n) { unsigned long s = 0;'
                  ' for (unsigned long i = 0; i < n; i++) s += i; return s; }\n'
                  'constexpr auto v = f(1ul << 40);\nint main() { return v; }\n')
BOMB_FLAGS = ['-fconstexpr-ops-limit=999999999', '-fconstexpr-loop-limit=999999999']
WARNING_FLOOD = ('#define W1 { int *p = 1; char *q = 2; }\n#define W2 W1 W1 W1 W1 W1 W1 W1 W1\n'
                 '#define W3 W2 W2 W2 W2 W2 W2 W2 W2\nint main(void) { W3 W3 W3 W3 W3 W3 W3 W3 }\n')


def information():
    """/api/v1/info, once the compilers have answered."""
    client = shared().client
    processes.wait_for(lambda: client.fetch('GET', '/readyz').status == 200, 20, '/readyz')
    return client.get('/api/v1/info')


def compilers(language):
    """The names of those installed."""
    return [c['name'] for entry in information()['languages'] if entry['name'] == language for c in entry['compilers']]


def output_of_run(text, language='c', client=None, **fields):
    """Run it to its end: what it printed, and the diagnostics of its compilation."""
    session = (client or shared().client).create(text, language, **fields)
    try:
        state = session.continue_()
        while state['status'] != 'exited':
            state = session.continue_()
        return base64.b64decode(session.output(start=0, count=65536)['bytes']).decode(), session.diagnostics
    finally:
        session.delete()


def refused(status, code, text, language='c', client=None, **fields):
    """The refusal that this request must get."""
    try:
        session = (client or shared().client).create(text, language, **fields)
    except Refused as error:
        equal((error.status, error.code), (status, code), str(error))
        check(len(error.message) > 10, f'the message says nothing: {error.message!r}')
        return error
    session.delete()
    raise AssertionError(f'not refused: {session.created!r}')


def finds(diagnostics, file, line, severity, words=''):
    """One of the diagnostics is this."""
    for d in diagnostics:
        if (d.get('file'), d.get('line'), d['severity']) == (file, line, severity) and words in d['message']:
            return d
    raise AssertionError(f'no {severity} {words!r} at {file}:{line} in {diagnostics!r}')


# -- what compiles ------------------------------------------------------------

@test('C, with every compiler there is')
def c():
    check('gcc' in compilers('c'), 'no gcc')
    for compiler in compilers('c'):
        equal(output_of_run(HELLO, compiler=compiler), ('hello\n', []), compiler)


@test('C++: map, vector, lambda, with every compiler there is')
def cxx():
    for compiler in compilers('c++'):
        equal(output_of_run(CXX_HELLO, 'c++', compiler=compiler), ('7\n', []), compiler)


@test('assembly: AT&T and Intel, with main and with _start alone')
def assembly():
    if not X86:
        skip('x86-64 assembly')
    for compiler in compilers('asm'):
        equal(output_of_run(ASM_MAIN, 'asm', compiler=compiler), ('asm\n', []), compiler)
        equal(output_of_run('\t.intel_syntax noprefix\n' + ASM_INTEL, 'asm', compiler=compiler)[0], 'intel\n', compiler)
        equal(output_of_run(ASM_INTEL, 'asm', compiler=compiler, flags=['-masm=intel'])[0], 'intel\n', compiler)
        equal(output_of_run(ASM_START, 'asm', compiler=compiler), ('start\n', []), compiler)


@test('several files and a header')
def files():
    text = {'main.c': '#include <stdio.h>\n#include "sum.h"\nint main(void) { printf("%d\\n", sum(2, 3)); }\n',
            'sum.h': 'int sum(int, int);\n',
            'sum.c': '#include "sum.h"\nint sum(int a, int b)\n{\n\treturn a + b;\n}\n'}
    equal(output_of_run(text)[0], '5\n')
    text['sum.c'] = '#include "sum.h"\nint sum(int a, int b)\n{\n\treturn a + c;\n}\n'
    finds(refused(422, 'compile_failed', text).diagnostics, 'sum.c', 4, 'error')


@test('arguments and environment reach the program; the environment does not reach the compiler')
def arguments():
    hostile = {'GCC_EXEC_PREFIX': '/nowhere', 'COMPILER_PATH': '/nowhere', 'CPATH': '/nowhere', 'TMPDIR': '/nowhere'}
    output, _ = output_of_run(ARGUMENTS, args=['one', '-o', 'a b'], env={'COLOUR': 'blue', **hostile})
    equal(output, 'one\n-o\na b\nblue\n')


@test('flags')
def flags():
    text = '#include <stdio.h>\n#ifndef __OPTIMIZE__\n#error no -O2\n#endif\nint main(void) { puts(GREETING); }\n'
    equal(output_of_run(text, flags=['-O2', '-DGREETING="a b"', '-std=c11', '-Wall', '-lm'])[0], 'a b\n')
    for flag in ('-fplugin=x', '-Wl,-T,x', '-wrapper', '-B/tmp', '-specs=x', '@/etc/passwd', '-o', '-save-temps',
                 '-include', '-fuse-ld=x', '-Xclang', '-I/root', '-MF', '-x'):
        contains(refused(400, 'flag_not_allowed', HELLO, flags=['-O1', flag]).message, f'flags[1] "{flag}"')


@test('warnings come with the session')
def warnings():
    _, diagnostics = output_of_run('int main(void)\n{\n\tint unused;\n\treturn 0;\n}\n', flags=['-Wall'])
    finds(diagnostics, 'main.c', 3, 'warning', 'unused')


# -- what does not ------------------------------------------------------------

@test('errors have file, line, column, severity and text')
def errors():
    for compiler in compilers('c'):
        error = refused(422, 'compile_failed', 'int main(void)\n{\n\treturn undeclared;\n}\n', compiler=compiler)
        equal(finds(error.diagnostics, 'main.c', 3, 'error', 'undeclared')['column'], 9)
        contains(error.message, '1 error')


@test('a link error is a diagnostic on its line')
def link_errors():
    for compiler in compilers('c'):
        error = refused(422, 'compile_failed', 'int foo(void);\nint main(void)\n{\n\treturn foo();\n}\n', compiler=compiler)
        finds(error.diagnostics, 'main.c', 4, 'error', "undefined reference to `foo'")
        twice = {'main.c': 'int f(void) { return 1; }\nint main(void) { }\n', 'second.c': '\nint f(void) { return 2; }\n'}
        finds(refused(422, 'compile_failed', twice, compiler=compiler).diagnostics, 'second.c', 2, 'error', 'multiple definition')


@test('no main')
def no_main():
    for text, language in (('int f(void) { return 1; }\n', 'c'), ('int f() { return 1; }\n', 'c++'), ('\t.text\nf:\tret\n', 'asm')):
        finds(refused(422, 'compile_failed', text, language).diagnostics, None, None, 'error', 'the program needs a function main')


@test('an error inside a library\'s template is on the line that caused it')
def template_errors():
    text = '#include <map>\nstruct S { };\nint main()\n{\n\tstd::map<S, int> m;\n\tm[S{}] = 1;\n}\n'
    for compiler in compilers('c++'):
        finds(refused(422, 'compile_failed', text, 'c++', compiler=compiler).diagnostics, 'main.cc', 6, 'error')


@test('an empty source, binary garbage, no JSON, a wrong key')
def odd_requests():
    client = shared().client
    for text in ('', ' \n\t\n'):
        contains(refused(422, 'empty_source', text).message, 'empty')
    refused(422, 'empty_source', {})
    refused(400, 'bad_request', 'int main(void) { }\0')
    check(refused(422, 'compile_failed', '\x01\x02\x7fELF }{ @$`').diagnostics, 'no diagnostics')
    contains(refused(400, 'bad_request', HELLO, language='rust', name='main.rs').message, '"rust"')
    contains(refused(400, 'bad_request', HELLO, colour='blue').message, '"colour"')
    contains(refused(400, 'bad_request', HELLO, flags='-O2').message, 'flags must be an array')
    contains(refused(400, 'bad_request', HELLO, stdin='x' * ((1 << 20) + 1)).message, '1048576 are allowed')
    equal(output_of_run(HELLO, stdin='x' * (1 << 20))[0], 'hello\n')
    contains(refused(400, 'bad_request', HELLO, args=[1]).message, 'args[0] must be a string')
    contains(refused(422, 'compiler_not_found', HELLO, compiler='icc').message, 'gcc')
    for body in (b'{', b'\x7fELF\x02\x01', b'{"language":"c","files":[{"name":"a.c","text":"\xff"}]}',
                 b'[' * 100000, b'[],' * 100000):
        answer = client.fetch('POST', SESSIONS, body, {'Content-Type': 'application/json'})
        equal((answer.status, answer.json()['error']['code']), (400, 'bad_request'), repr(body[:40]))


@test('bad names of files')
def names():
    for name in ('../../x.c', '/etc/passwd', '-o', '@x', 'a\nb.c', '.program', 'a b.c', 'x' * 65, '', 'ä.c', 'a/b.c'):
        contains(refused(400, 'bad_request', {name: HELLO}).message, 'a name is')
    refused(400, 'bad_request', {'main.cpp': HELLO})
    refused(400, 'bad_request', {f'f{n}.c': '' for n in range(65)})


@test('a source of 2 MB compiles; one over source_max is refused')
def large_sources():
    comments = ''.join(f'/* {n:0>33} */\n' for n in range(2 << 20 >> 5))
    check(len(comments) >= 2 << 20, 'too small')
    equal(output_of_run(HELLO + comments)[0], 'hello\n')
    body = json.dumps({'language': 'c', 'files': [{'name': 'a.c', 'text': comments * 2}]}).encode()
    equal(shared().client.fetch('POST', SESSIONS, body, {'Content-Type': 'application/json'}).status, 413)


# -- attack suite, compile stage ----------------------------------------------

def isolated():
    if information()['isolation'] != 'namespaces':
        skip('the machine gives no namespaces')


@test('C01, C02 the machine\'s files and /proc are not there')
def host_files():
    isolated()
    for path in ('/etc/passwd', '/etc/shadow', '/root/.ssh/id_rsa', '/proc/self/environ', '/proc/1/environ', '/proc/self/fd/3'):
        if path.startswith('/proc') and b'__asan_init' in open(os.path.join(shared().directory, 'penguintrace-compiler'), 'rb').read():
            continue    # the sanitizer needs a /proc
        error = refused(422, 'compile_failed', f'#include "{path}"\nint main(void) {{ }}\n')
        finds(error.diagnostics, 'main.c', 1, 'error', 'No such file')
        error = refused(422, 'compile_failed', f'\t.incbin "{path}"\nmain:\n', 'asm')
        check(all('root:' not in d['message'] and 'PATH=' not in d['message'] for d in error.diagnostics), error.diagnostics)


@test('C05 a source that includes itself')
def includes_itself():
    error = refused(422, 'compile_failed', '#include "main.c"\n#include "main.c"\nint main(void) { }\n')
    finds(error.diagnostics, 'main.c', 1, 'error')


@test('C14, C15 paths from #line, escapes and markup are only text')
def text_only():
    error = refused(422, 'compile_failed', '#line 1 "/etc/shadow"\nint main(void) { return x; }\n')
    check(all('file' not in d for d in error.diagnostics), error.diagnostics)
    error = refused(422, 'compile_failed', '#error \x1b[31m</script><b>\nint main(void) { }\n')
    contains(finds(error.diagnostics, 'main.c', 1, 'error')['message'], '</script><b>')
    check(all('\x1b' not in d['message'] for d in error.diagnostics), error.diagnostics)


def compiling(service):
    """Pids of the compiler proper, once it runs."""
    return processes.wait_for(lambda: service.named('cc1plus'), 20, 'a cc1plus')


def post_bomb(client, name):
    """POST, and do not wait for the answer: the connection."""
    body = json.dumps({'language': 'c++', 'compiler': 'gcc', 'flags': BOMB_FLAGS, 'env': {'SECRET_NAME': 'secret-value'},
                       'args': ['secret-argument'], 'files': [{'name': name, 'text': CONSTEXPR_BOMB}]})
    apart = client.other()
    connection = http.client.HTTPConnection(apart.url.hostname, apart.url.port, timeout=60)
    connection.request('POST', SESSIONS, body, {'Cookie': apart.cookie, 'Origin': apart.base, 'Content-Type': 'application/json'})
    return connection


@test('no name, argument or environment of the client is on a command line; closing the request ends the compiler')
def command_lines():
    with Service() as service:
        connection = post_bomb(service.client, 'secret-source.cc')
        pids = compiling(service)
        for pid in service.tree():
            for what in ('cmdline', 'environ'):
                try:
                    with open(f'/proc/{pid}/{what}', 'rb') as file:
                        text = file.read()
                except OSError:
                    continue
                check(b'secret' not in text, f'{pid} {what}: {text!r}')
        connection.close()
        equal(processes.wait_gone(pids, 10), [], 'the compiler goes on')
        equal(output_of_run(HELLO, client=service.client)[0], 'hello\n')


@test('without isolation, too, nothing of a compilation stays: no process, no directory')
def unisolated():
    def jobs():
        return set(glob.glob('/tmp/penguintrace-*/*/job-*'))
    before = jobs()
    with Service(isolation='none', identity='none') as service:
        refused(422, 'compile_failed', 'int main(void) { return x; }\n', client=service.client)
        equal(jobs() - before, set(), 'after an answer')
        connection = post_bomb(service.client, 'bomb.cc')
        pids = compiling(service)
        check(jobs() - before, 'where does it compile?')
        connection.close()
        equal(processes.wait_gone(pids, 10), [], 'the compiler goes on')
        processes.wait_for(lambda: not jobs() - before, 10, 'the end of the directory')


# -- limits -------------------------------------------------------------------

def survives(service, status, code, text, language='c', **fields):
    """Refused so, nothing of it left, and the next one works."""
    error = refused(status, code, text, language, service.client, **fields)
    equal(processes.wait_gone(service.named('cc1|cc1plus|as|ld|gcc|g[+][+]|clang.*'), 10), [], 'left running')
    return error


@test('time: wall-clock and processor')
def limit_time():
    with Service(compile_wall=2, compile_cpu=20) as service:
        contains(survives(service, 422, 'limit_time', CONSTEXPR_BOMB, 'c++', compiler='gcc', flags=BOMB_FLAGS).message, '2 s')
        equal(output_of_run(HELLO, client=service.client)[0], 'hello\n')
    with Service(compile_cpu=1) as service:
        contains(survives(service, 422, 'limit_time', CONSTEXPR_BOMB, 'c++', compiler='gcc', flags=BOMB_FLAGS).message, 'compile_cpu')
        equal(output_of_run(HELLO, client=service.client)[0], 'hello\n')


@test('memory, size of the program, diagnostics')
def limit_sizes():
    with Service(compile_memory='256M', compile_output='256K', compile_diagnostics='4K') as service:
        contains(survives(service, 422, 'limit_memory', '#include "/dev/zero"\n').message, '256 MiB')
        contains(survives(service, 422, 'limit_output', 'int a[1 << 20] = { 1 };\nint main(void) { }\n').message, '256 KiB')
        contains(survives(service, 422, 'limit_output', '\t.globl main\nmain:\t.fill 0x7fffffff,8,1\n', 'asm').message, '256 KiB')
        error = survives(service, 422, 'limit_diagnostics', WARNING_FLOOD)
        contains(error.message, '32 KiB')
        check(error.diagnostics, 'none of the diagnostics is shown')
        contains(error.diagnostics[-1]['message'], 'more are not shown')
        equal(output_of_run(HELLO, client=service.client)[0], 'hello\n')


if __name__ == '__main__':
    main()
