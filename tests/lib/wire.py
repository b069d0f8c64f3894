# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages between processes, from the one table (src/msg.def), for tests that play a process."""
import array
import os
import re
import socket
import struct
from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_WRITE, fcntl

import msgpack

from lib.tap import ROOT, Failure

PEERS = {'HTTPD': 1, 'BROKER': 2, 'COMPILER': 3, 'TRACER': 4}
PACKET_MAX = 128 << 10


def _table():
    """{name: (number, [(kind, field, record)])} and {record: [field]}."""
    with open(f'{ROOT}/src/msg.def', encoding='utf-8') as file:
        text = re.sub(r'/\*.*?\*/', '', file.read(), flags=re.S)
    messages, records, current = {}, {}, None
    for macro, arguments in re.findall(r'^\s*([A-Z_]+)\(([^)]*)\)', text, re.M):
        names = [a.strip() for a in arguments.split(',')]
        if macro == 'RECORD':
            current = records.setdefault(names[0], [])
        elif macro == 'MSG':
            current = []
            messages[names[0]] = (len(messages) + 1, current)
        elif macro not in ('END', 'END_RECORD'):
            current.append((macro, names[0], names[1] if macro == 'ARRAY' else None))
    return messages, {name: [f for _, f, _ in fields] for name, fields in records.items()}


MESSAGES, RECORDS = _table()
NAMES = {number: name for name, (number, _) in MESSAGES.items()}


def memfd(data, sealed=True):
    fd = os.memfd_create('test', os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    os.write(fd, data) if len(data) < 1 << 20 else _write_all(fd, data)
    if sealed:
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
    return fd


def _write_all(fd, data):
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view):]


def read_memfd(fd):
    try:
        return os.pread(fd, os.fstat(fd).st_size, 0)
    finally:
        os.close(fd)


def encode(name, fields):
    """(packet, descriptors) of a message; a field that is not given is 0, '', b'', [] or no descriptor."""
    number, table = MESSAGES[name]
    empty = {'UINT': 0, 'STR': '', 'BIN': b'', 'ARRAY': []}
    row, fds = [number], []
    for kind, field, record in table:
        value = fields.get(field, empty.get(kind))
        if kind in ('FD', 'FDOPT'):
            row.append(value is not None)
            fds += [value] if value is not None else []
        elif kind == 'ARRAY':
            row.append([[item[f] for f in RECORDS[record]] for item in value])
        else:
            row.append(value)
    return msgpack.packb(row), fds


def decode(packet, fds):
    """(name, fields)."""
    row = msgpack.unpackb(packet, unicode_errors='backslashreplace')
    name = NAMES[row[0]]
    fields, fds = {}, list(fds)
    for (kind, field, record), value in zip(MESSAGES[name][1], row[1:]):
        if kind in ('FD', 'FDOPT'):
            fields[field] = fds.pop(0) if value else None
        elif kind == 'ARRAY':
            fields[field] = [dict(zip(RECORDS[record], item)) for item in value]
        else:
            fields[field] = value
    return name, fields


def receive_packet(sock, fd_max=4):
    """(bytes, descriptors); b'' at the end."""
    try:
        data, ancillary, _, _ = sock.recvmsg(PACKET_MAX, socket.CMSG_SPACE(fd_max * 4), socket.MSG_CMSG_CLOEXEC)
    except ConnectionResetError:
        return b'', []
    fds = array.array('i')
    for level, kind, content in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds.frombytes(content[:len(content) - len(content) % 4])
    return data, list(fds)


class Channel:
    """One end of a channel, played by the test."""

    def __init__(self, sock, kind, timeout=10):
        self.socket, self.kind = sock, kind
        sock.settimeout(timeout)
        self.hash = None

    def hello(self, table_hash=None, kind=None):
        """Take the peer's HELLO and give ours: its own hash back, unless told another."""
        packet, _ = receive_packet(self.socket)
        number, self.hash, _ = msgpack.unpackb(packet)
        if number != 0:
            raise Failure('the first packet is no hello')
        self.raw(msgpack.packb([0, self.hash if table_hash is None else table_hash, PEERS[kind or self.kind]]))
        return self

    def raw(self, packet, fds=()):
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self.socket.sendmsg([packet], ancillary)

    def send(self, name, **fields):
        """Descriptors are closed here once they are sent."""
        packet, fds = encode(name, fields)
        self.raw(packet, fds)
        for fd in fds:
            os.close(fd)

    def receive(self):
        """(name, fields), or (None, {}) when the peer has closed."""
        packet, fds = receive_packet(self.socket)
        return decode(packet, fds) if packet else (None, {})

    def expect(self, wanted):
        """The next message, which must be of this name: its fields."""
        name, fields = self.receive()
        if name != wanted:
            raise Failure(f'{wanted} was expected, {name} came: {fields}')
        return fields

    def closed(self):
        """Wait until the peer closes; messages that still come are passed over."""
        while True:
            packet, fds = receive_packet(self.socket)
            for fd in fds:
                os.close(fd)
            if not packet:
                return True

    def close(self):
        self.socket.close()


REQUEST = struct.Struct('=QIIQ')                    # launch.h: launch_request
REPORT = struct.Struct('=QIIQiiIIQQ')               # launch_report
SPAWN, KILL, SPAWNED, EXITED = 1, 2, 3, 4
HTTPD, COMPILER, TRACER = 0, 1, 2
