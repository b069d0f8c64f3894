#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tree's own rules, checked: what may include what, who may call what, licence headers."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROCESSES = ('broker', 'compiler', 'httpd', 'tracer')
# Within the tracer, what a folder may include of its siblings.
TRACER = {
    'process': ('process', 'timeline'),      # it feeds the recorder
    'timeline': ('timeline',),
    'program': ('program', 'timeline/view.h'),
}
SANDBOX_ONLY = re.compile(r'\b(clone3?|unshare|setns|mount|umount2?|pivot_root|seccomp\w*|capset|cap_set_proc)\s*\(')


def files():
    names = subprocess.run(['git', '-C', ROOT, 'ls-files'], capture_output=True, text=True)
    if names.returncode == 0:
        return names.stdout.split()
    return [os.path.relpath(os.path.join(d, f), ROOT) for d, _, fs in os.walk(ROOT) for f in fs
            if not re.search(r'/(build[^/]*|node_modules|\.git)(/|$)', d)]


def text_of(path):
    with open(os.path.join(ROOT, path), encoding='utf-8') as file:
        return file.read()


def includes(path):
    return re.findall(r'^\s*#\s*include\s+"([^"]+)"', text_of(path), re.M)


GENERATED = ('config.h', 'tracer/syscall-names.h')


def layering(paths):
    for path in paths:
        top = path.split('/')[0]
        for name in includes(path):
            folder = name.split('/')[0]
            if name in GENERATED or folder == 'tests' and top == 'tests':
                continue
            if not os.path.exists(os.path.join(ROOT, name)):
                yield f'{path}: "{name}" is not written from the root'
            elif top == 'src' and folder != 'src':
                yield f'{path}: src/ includes {name}'
            elif top in PROCESSES and folder not in ('src', top):
                yield f'{path}: {top}/ includes {name}'


def tracer_layering(paths):
    for path in paths:
        parts = path.split('/')
        if parts[0] != 'tracer' or parts[1] not in TRACER:
            continue
        for name in includes(path):
            inner = name.split('/', 1)[1] if name.startswith('tracer/') else ''
            if '/' in inner and not inner.startswith(TRACER[parts[1]]):
                yield f'{path}: tracer/{parts[1]}/ includes {name}'


def without_comments(text):
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(\\.|[^"\\])*"', '', text, flags=re.S)


def sandbox_calls(paths):
    for path in paths:
        if path.startswith(('src/sandbox/', 'tests/')):
            continue
        for call in SANDBOX_ONLY.finditer(without_comments(text_of(path))):
            yield f'{path}: calls {call.group(1)}(), which is src/sandbox/\'s'


def ptrace_calls(paths):
    for path in paths:
        # The probe does at the start what a session will: it traces one program to its end.
        if path.startswith(('tracer/process/', 'tests/')) or path == 'src/sandbox/probe.c':
            continue
        if re.search(r'\bptrace\s*\(', without_comments(text_of(path))):
            yield f'{path}: calls ptrace(), which is tracer/process/\'s'


def licence(paths):
    for path in paths:
        if 'SPDX-License-Identifier: AGPL-3.0-or-later' not in text_of(path)[:400]:
            yield f'{path}: no SPDX line at its head'


def main():
    everything = [f for f in files() if os.path.isfile(os.path.join(ROOT, f))]
    code = [f for f in everything if f.endswith(('.c', '.h'))]
    own = [f for f in everything
           if f.endswith(('.c', '.h', '.S', '.ts', '.tsx', '.mjs', '.py', '.sh', '.mk', '.am', '.ac', '.def', '.css'))]
    checks = [('a process includes src/ and itself', layering(code)),
              ('layers within the tracer', tracer_layering(code)),
              ('only the sandbox calls what changes privileges', sandbox_calls(code)),
              ('only tracer/process calls ptrace, and the sandbox\'s probe', ptrace_calls(code)),
              ('every file says its licence', licence(own))]
    failed = False
    print(f'1..{len(checks)}')
    for number, (name, problems) in enumerate(checks, 1):
        problems = list(problems)
        failed |= bool(problems)
        print(f'{"not ok" if problems else "ok"} {number} - {name}')
        for problem in problems:
            print(f'# {problem}')
    return failed


if __name__ == '__main__':
    sys.exit(main())
