#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Uploads that are no honest ELF: refused with a reason, or a program like any other."""
import os
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib.client import Refused                                          # noqa: E402
from lib.hostile import ask, attack, client, session, tracers_are_small     # noqa: E402
from lib.service import scratch                                         # noqa: E402
from lib.tap import check, contains, equal, main, skip                  # noqa: E402

HEADER, SEGMENT, SECTION = '<16sHHIQQQIHHHHHH', '<IIQQQQQQ', '<IIQQQQIIQQ'
EXIT = b'\xb8\xe7\0\0\0\x31\xff\x0f\x05'       # exit_group(0)
CODE, BASE = 0x1000, 0x401000
LOAD, DYNAMIC, INTERPRETER, NOTE, STACK = 1, 2, 3, 4, 0x6474e551
GOOD = (LOAD, 5, CODE, BASE, BASE, len(EXIT), len(EXIT), 0x1000)
SHF_COMPRESSED = 0x800


def elf(segments=(GOOD,), entry=BASE, kind=2, machine=62, tail=b'', segment_size=56, segment_count=None,
        sections=0, section_count=0, names=0, code=EXIT):
    head = struct.pack(HEADER, b'\x7fELF\2\1\1' + bytes(9), kind, machine, 1, entry, 64, sections, 0, 64,
                       segment_size, len(segments) if segment_count is None else segment_count,
                       64, section_count, names)
    return (head + b''.join(struct.pack(SEGMENT, *s) for s in segments)).ljust(CODE, b'\0') + code + tail


def interpreted(path):
    at = CODE + len(EXIT)
    return elf([(INTERPRETER, 4, at, 0, 0, len(path), len(path), 1), GOOD], tail=path)


REFUSED = {
    'four bytes': b'\x7fELF', 'a head': elf()[:64], 'half a segment': elf()[:100], 'a script': b'#!/bin/sh\nid\n',
    'an entry in nowhere': elf(entry=0xdeadbeef000), 'no entry': elf(entry=0),
    'an empty segment': elf([(LOAD, 5, 0, BASE, BASE, 0, 0, 0x1000)]), 'no segment': elf([]),
    'more memory than there is': elf([(LOAD, 7, CODE, BASE, BASE, 9, 1 << 46, 0x1000)]),
    'the kernel\'s addresses': elf([(LOAD, 5, CODE, 0xffffffff81000000, 0, 9, 9, 0x1000)], entry=0xffffffff81000000),
    'page 0': elf([(LOAD, 5, CODE, 0, 0, 9, 9, 0x1000)], entry=1),
    '65535 segments': elf(segment_count=65535), 'segments of one byte': elf(segment_size=1),
    'another processor': elf(machine=243), 'an object': elf(kind=1), 'a core': elf(kind=4),
    'an interpreter that is no name': elf([(INTERPRETER, 4, CODE, 0, 0, 9, 9, 1), GOOD]),
    'an interpreter: itself': interpreted(b'/proc/self/exe\0'), 'an interpreter: /dev/zero': interpreted(b'/dev/zero\0'),
    'an interpreter: a program': interpreted(b'/usr/bin/env\0'),
    'an interpreter outside': interpreted(b'/proc/1/root/bin/sh\0'),
}
_FOUR_GIGA = struct.pack(SECTION, 0, 0, 0, 0, 0, 0xffffffff, 0xffffff, 0, 0, 0)
_LOOP = struct.pack('<4Q', 5, BASE + len(EXIT), 4, BASE + len(EXIT))      # string and hash table: itself
TAKEN = {
    'writable code': elf([(LOAD, 7, *GOOD[2:])]), 'four thousand million sections':
        elf(sections=CODE + len(EXIT), names=0xffff, tail=_FOUR_GIGA),
    '65535 sections that are not there': elf(sections=CODE, section_count=65535, names=65534),
    'sections behind the end': elf(sections=0xffffffffffffff00, section_count=10),
    'segments upon segments': elf([GOOD] * 40), 'a stack of a terabyte': elf([GOOD, (STACK, 7, 0, 0, 0, 0, 1 << 40, 16)]),
    'a note of 4 GiB': elf([(NOTE, 4, CODE, 0, 0, 0xffffffff, 0xffffffff, 4), GOOD]),
    'a dynamic section that is its own table':
        elf([(DYNAMIC, 6, CODE + 9, BASE + 9, BASE + 9, 32, 32, 8), (LOAD, 7, CODE, BASE, BASE, 0x100, 0x2000, 0x1000)],
            tail=_LOOP),
    '300 MiB of bss': elf([(LOAD, 7, CODE, BASE, BASE, 9, 300 << 20, 0x1000)]),
}


def needs_x86():
    if os.uname().machine != 'x86_64':
        skip('these are x86-64 programs')


@attack('what cannot be a program is refused, each with a reason')
def no_programs():
    needs_x86()
    for name, data in REFUSED.items():
        try:
            with session(data):
                raise AssertionError(f'{name}: it was taken')
        except Refused as answer:
            check(answer.status == 422 and answer.code in ('program', 'start') and answer.message, f'{name}: {answer}')


@attack('odd ones run like any other')
def odd_programs():
    needs_x86()
    for name, data in TAKEN.items():
        with session(data) as one:
            for query in ('stackTrace', 'disassemble', 'registers', 'breakpointLocations'):
                ask(one, query, **({'line': 1} if query == 'breakpointLocations' else {}))
            ask(one, 'stepIn', granularity='instruction', count=2, wait=2000)
            state = one.continue_(wait=5000)
            equal((name, state['status'], state.get('exitCode')), (name, 'exited', 0))


@attack('one without an end, and one that waits for ever, can be paused')
def endless():
    needs_x86()
    for code in (b'\xeb\xfe', b'\xb8\x22\0\0\0\x0f\x05'):
        with session(elf([(LOAD, 5, CODE, BASE, BASE, len(code), len(code), 0x1000)], code=code)) as one:
            equal(ask(one, 'stepIn', granularity='instruction', count=1000000, wait=200)['status'], 'running')
            equal(ask(one, 'pause')['status'], 'stopped')


@attack('truncated and damaged anywhere: an answer each time')
def damaged():
    needs_x86()
    own = client()
    with session('int main(void) { return 0; }', flags=['-g']) as one:
        whole = one.program()
    for step in range(40):
        data = bytearray(whole[:len(whole) * (step + 1) // 41]) if step % 2 else bytearray(whole)
        for at in range(step * 7 % 64, min(len(data), 4096 if step % 3 else 64), 97 + step):
            data[at] ^= 0xff >> step % 8
        try:
            created = own.upload(bytes(data))
        except Refused as answer:
            check(answer.status == 422 or answer.code == 'worker', str(answer))
        else:
            ask(created, 'next', wait=200)
            ask(created, 'pause')
            ask(created, 'stackTrace')
            own.call('DELETE', created.path)


def section(data, name):
    """(offset of its header, header) of a section of an ELF."""
    head = struct.unpack_from(HEADER, data)
    table, count, names = head[6], head[12], head[13]
    text = struct.unpack_from(SECTION, data, table + 64 * names)[4]
    for at in range(table, table + 64 * count, 64):
        entry = struct.unpack_from(SECTION, data, at)
        if bytes(data[text + entry[0]:]).startswith(name + b'\0'):
            return at, entry
    raise AssertionError(f'no section {name!r}')


@attack('debug information that unpacks without end is refused, ELF\'s way and GNU\'s')
def bombs():
    with scratch() as directory:
        source, program = f'{directory}/x.c', f'{directory}/x'
        with open(source, 'w', encoding='ascii') as file:
            file.write('int main(void) { return 0; }')
        subprocess.run(['gcc', '-g', '-gz=zlib', '-o', program, source], check=True)
        with open(program, 'rb') as file:
            plain = file.read()
        with session(plain) as one:
            equal(one.state()['function'], 'main')
        pack = zlib.compressobj(9)
        packed = b''.join(pack.compress(bytes(1 << 20)) for _ in range(1024)) + pack.flush()
        data = bytearray(plain) + struct.pack('<IIQQ', 1, 0, 1 << 30, 1) + packed
        at, entry = section(data, b'.debug_info')
        struct.pack_into(SECTION, data, at, *entry[:2], entry[2] | SHF_COMPRESSED, entry[3], len(plain),
                         24 + len(packed), *entry[6:])
        gnu = bytearray(plain) + b'ZLIB' + struct.pack('>Q', 1 << 30) + packed
        names = gnu.find(b'.debug_info\0')
        gnu[names:names + 12] = b'.zdebug_inf\0'
        struct.pack_into(SECTION, gnu, at, *entry[:2], entry[2] & ~SHF_COMPRESSED, entry[3], len(plain),
                         12 + len(packed), *entry[6:])
        for bomb in (data, gnu):
            try:
                client().upload(bytes(bomb))
            except Refused as answer:
                equal((answer.status, answer.code), (422, 'program'))
                contains(answer.message, 'compressed')
            else:
                raise AssertionError('it was taken')
            tracers_are_small(32)


if __name__ == '__main__':
    main()
