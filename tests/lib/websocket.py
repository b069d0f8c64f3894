# SPDX-License-Identifier: AGPL-3.0-or-later
"""A WebSocket client (RFC 6455) that speaks penguintrace.v1: msgpack in binary frames."""
import base64
import hashlib
import os
import socket
import struct
import time

import msgpack

from lib.client import Commands, Refused

GUID = b'258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Closed(Exception):
    """The server has closed: code (None without a close frame) and reason."""

    def __init__(self, code=None, reason=''):
        self.code, self.reason = code, reason
        super().__init__(f'closed: {code} {reason}')


class WebSocket(Commands):
    """Opened on a session.  hello holds the first frame; events gather while one waits for a reply."""

    def __init__(self, session, timeout=60, protocol='penguintrace.v1', headers=None):
        client = session.client
        self.events, self.timeout = [], timeout
        self._last_id, self._buffer = 0, b''
        self.socket = socket.create_connection((client.url.hostname, client.url.port), timeout)
        self._handshake(client, f'{session.path}/socket', protocol, headers or {})
        self.hello = self.receive()

    # -- opening --------------------------------------------------------------

    def _handshake(self, client, path, protocol, extra):
        key = base64.b64encode(os.urandom(16))
        headers = {
            'Host': client.url.netloc, 'Upgrade': 'websocket', 'Connection': 'Upgrade',
            'Sec-WebSocket-Key': key.decode(), 'Sec-WebSocket-Version': '13',
            'Sec-WebSocket-Protocol': protocol, 'Origin': client.base, 'Cookie': client.cookie,
            **client.headers, **extra,
        }
        lines = [f'GET {path} HTTP/1.1'] + [f'{k}: {v}' for k, v in headers.items() if v]
        self.socket.sendall('\r\n'.join(lines + ['', '']).encode())
        status, answer = self._read_head()
        if status != 101:
            length = int(answer.get('content-length', 0))
            raise Refused(status, self._take(length).decode(errors='replace'), answer)
        wanted = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
        if answer.get('sec-websocket-accept') != wanted:
            raise Closed(None, 'wrong Sec-WebSocket-Accept')
        if answer.get('sec-websocket-protocol', '') != protocol:
            raise Closed(None, 'another sub-protocol')

    def _read_head(self):
        while b'\r\n\r\n' not in self._buffer:
            self._fill()
        head, _, self._buffer = self._buffer.partition(b'\r\n\r\n')
        lines = head.decode('latin-1').split('\r\n')
        pairs = (line.partition(':') for line in lines[1:])
        return int(lines[0].split()[1]), {k.strip().lower(): v.strip() for k, _, v in pairs}

    # -- frames -----------------------------------------------------------------

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise Closed()
        self._buffer += data

    def _take(self, count):
        while len(self._buffer) < count:
            self._fill()
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def send_frame(self, opcode, payload, final=True):
        mask = os.urandom(4)
        length = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 65536:
            head += struct.pack('!BH', 0x80 | 126, length)
        else:
            head += struct.pack('!BQ', 0x80 | 127, length)
        key = int.from_bytes((mask * (length // 4 + 1))[:length], 'big')
        masked = (int.from_bytes(payload, 'big') ^ key).to_bytes(length, 'big')
        self.socket.sendall(head + mask + masked)

    def receive_frame(self):
        """(opcode, payload) of one whole message; pings are answered here."""
        opcode, message = 0, b''
        while True:
            first, second = self._take(2)
            length = second & 0x7f
            if length == 126:
                length = struct.unpack('!H', self._take(2))[0]
            elif length == 127:
                length = struct.unpack('!Q', self._take(8))[0]
            payload = self._take(length)
            kind = first & 0x0f
            if kind == PING:
                self.send_frame(PONG, payload)
            elif kind == CLOSE:
                code = struct.unpack('!H', payload[:2])[0] if len(payload) >= 2 else None
                raise Closed(code, payload[2:].decode(errors='replace'))
            elif kind != PONG:
                opcode, message = opcode or kind, message + payload
                if first & 0x80:
                    return opcode, message

    # -- messages ---------------------------------------------------------------

    def receive(self, timeout=None):
        """The next message of any kind."""
        self.socket.settimeout(timeout or self.timeout)
        _, payload = self.receive_frame()
        return msgpack.unpackb(payload, strict_map_key=False)

    def receive_answer(self):
        """The next message that is no event."""
        while True:
            message = self.receive()
            if 'event' not in message:
                return message

    def send(self, message):
        self.send_frame(BINARY, msgpack.packb(message))

    def post(self, command, arguments=None):
        """Send a request, do not wait: its id."""
        self._last_id += 1
        message = {'id': self._last_id, 'command': command}
        if arguments is not None:
            message['arguments'] = arguments
        self.send(message)
        return self._last_id

    def reply(self, number):
        """Wait for the reply to request number: its body, or Refused."""
        while True:
            message = self.receive()
            if 'event' in message:
                self.events.append(message)
            elif message.get('id') == number:
                if message['status'] >= 400:
                    raise Refused(message['status'], message)
                return message.get('body', {})

    def request(self, command, arguments):
        return self.reply(self.post(command, arguments))

    def wait_event(self, name, condition=lambda event: True, seconds=None):
        """The first event of that name that meets the condition, also of those already gathered."""
        deadline = time.monotonic() + (seconds or self.timeout)
        while True:
            for index, event in enumerate(self.events):
                if event['event'] == name and condition(event):
                    return self.events.pop(index)
            message = self.receive(max(0.001, deadline - time.monotonic()))
            if 'event' in message:
                self.events.append(message)

    def close(self):
        try:
            self.send_frame(CLOSE, struct.pack('!H', 1000))
        except OSError:
            pass
        self.socket.close()
