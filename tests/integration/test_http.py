#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""httpd's reading of HTTP: what it refuses, its deadlines, whose requests it takes, the page."""
import gzip
import io
import os
import select
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import wire                                            # noqa: E402
from lib.frontend import TOKEN, Frontend, front, parse, read_all  # noqa: E402
from lib.tap import ROOT, check, contains, equal, main, test  # noqa: E402


def statuses(data):
    """The statuses of all answers in a row (bodies by Content-Length)."""
    found = []
    while data:
        status, fields, rest = parse(data)
        found.append(status)
        data = rest[int(fields.get('content-length', 0)):]
    return found


def get(path='/healthz', fields='', end='\r\n\r\n'):
    return f'GET {path} HTTP/1.1\r\nHost: localhost{fields}{end}'


# -- the head -----------------------------------------------------------------

REFUSED = [
    ('no version', 'GET /\r\nHost: a\r\n\r\n', 400),
    ('HTTP/2', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505),
    ('another protocol', 'GET / HTTPS/1.1\r\nHost: a\r\n\r\n', 400),
    ('two spaces', 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n', 400),
    ('a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', 400),
    ('absolute target', 'GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400),
    ('asterisk', 'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 400),
    ('a fragment', get('/#a'), 400),
    ('a bare LF', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400),
    ('a bare CR', 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n', 400),
    ('a NUL', 'GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n', 400),
    ('no Host', 'GET / HTTP/1.1\r\n\r\n', 400),
    ('two Hosts', get(fields='\r\nHost: localhost'), 400),
    ('a folded line', get(fields='\r\nX: a\r\n b'), 400),
    ('a space before the colon', get(fields='\r\nX : a'), 400),
    ('no colon', get(fields='\r\nX'), 400),
    ('an empty name', get(fields='\r\n: a'), 400),
    ('Content-Length +3', get(fields='\r\nContent-Length: +3'), 400),
    ('Content-Length 0x3', get(fields='\r\nContent-Length: 0x3'), 400),
    ('Content-Length -1', get(fields='\r\nContent-Length: -1'), 400),
    ('Content-Length 3, 3', get(fields='\r\nContent-Length: 3, 3'), 400),
    ('Content-Length empty', get(fields='\r\nContent-Length:'), 400),
    ('Content-Length of 19 digits', get(fields='\r\nContent-Length: 1000000000000000000'), 400),
    ('Content-Length twice', get(fields='\r\nContent-Length: 0\r\nContent-Length: 0'), 400),
    ('both lengths', get(fields='\r\nContent-Length: 0\r\nTransfer-Encoding: chunked'), 400),
    ('chunked', get(fields='\r\nTransfer-Encoding: chunked'), 411),
    ('gzip, chunked', get(fields='\r\nTransfer-Encoding: gzip, chunked'), 501),
    ('Transfer-Encoding with a tab', get(fields='\r\nTransfer-Encoding:\tchunked'), 411),
    ('an expectation', get(fields='\r\nExpect: tea'), 417),
    ('101 fields', get(fields='\r\nX: a' * 100), 431),
    ('a head over 16 KiB', get(fields='\r\nX: ' + 'a' * 16384), 431),
    ('a head that never ends', 'GET /' + 'a' * 20000, 431),
    ('a TLS hello', '\x16\x03\x01\x02\x00\x01\x00', 400),
    ('PUT', 'PUT / HTTP/1.1\r\nHost: localhost\r\n\r\n', 501),
    ('a method with a NUL', 'G\0T / HTTP/1.1\r\nHost: localhost\r\n\r\n', 400),
]


@test('what two readers could understand differently is refused')
def refused():
    for name, text, wanted in REFUSED:
        answer = front().exchange(text.encode('latin-1'), wait_close=wanted != 501 or 'PUT' not in text)
        equal(parse(answer)[0], wanted, name)
        contains(answer.decode(), '"error":{"code":')


@test('100 fields and 16 KiB are taken')
def limits():
    equal(parse(front().exchange(get(fields='\r\nX: a' * 98 + '\r\nConnection: close')))[0], 200)
    text = get(fields='\r\nConnection: close\r\nX: ')
    text = text[:-4] + 'a' * (16384 - len(text)) + '\r\n\r\n'
    equal(parse(front().exchange(text))[0], 200)


@test('requests on one connection are answered in their order, pipelined or not')
def pipelined():
    one = get('/healthz') + get('/nothing') + get('/app.js') + get('/readyz', '\r\nConnection: close')
    equal(statuses(front().exchange(one)), [200, 404, 200, 200])
    with front().connect() as raw:
        for _ in range(3):
            raw.sendall(get().encode())
            equal(parse(raw.recv(65536))[0], 200)


@test('a pipelined request waits for the one before it')
def serialised():
    with front().connect() as raw:
        head = f'\r\nAuthorization: Bearer {TOKEN}'
        raw.sendall((get('/api/v1/sessions', head) + get(fields='\r\nConnection: close')).encode())
        asked = front().broker.expect('list')
        check(not select.select([raw], [], [], 0)[0], 'an answer came before its time')
        front().broker.send('sessions', request=asked['request'])
        equal(statuses(read_all(raw)), [200, 200])


@test('HTTP/1.0 closes, or stays when asked')
def old():
    equal(parse(front().exchange('GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n'))[0], 200)
    with front().connect() as raw:
        for _ in range(2):
            raw.sendall(b'GET /healthz HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n')
            contains(raw.recv(65536), b'Connection: keep-alive')


@test('a request may arrive byte by byte')
def trickle():
    with front().connect() as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in get(fields='\r\nConnection: close').encode():
            raw.sendall(bytes([byte]))
        equal(parse(read_all(raw))[0], 200)


@test('HEAD is GET without the body')
def head():
    asked = front().request('HEAD /app.js HTTP/1.1')
    got = front().request('GET /app.js HTTP/1.1')
    equal(asked[2], b'')
    equal({**asked[1], 'date': ''}, {**got[1], 'date': ''})
    equal(int(asked[1]['content-length']), len(got[2]))


@test('a head that comes too slowly ends after 10 seconds, not after 10 silent ones')
def slow_head():
    start = time.monotonic()
    with front().connect() as raw:
        raw.sendall(b'GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ')
        while not select.select([raw], [], [], 0.5)[0]:
            raw.sendall(b'a')
        equal(parse(read_all(raw))[0], 408)
    check(9 < time.monotonic() - start < 15, 'the deadline is 10 seconds')


# -- bodies -------------------------------------------------------------------

def post(length, fields=(), path='/api/v1/sessions'):
    lines = [f'POST {path} HTTP/1.1', 'Host: localhost', f'Authorization: Bearer {TOKEN}', *fields]
    if length is not None:
        lines.append(f'Content-Length: {length}')
    return '\r\n'.join([*lines, '', '']).encode()


@test('a body goes unread into a sealed memfd')
def body():
    text = os.urandom(1 << 20)
    with front().connect() as raw:
        raw.sendall(post(len(text)) + text)
        asked = front().broker.expect('create')
        equal((asked['owner'], asked['format'], asked['size']), ('local', 0, len(text)))
        try:
            os.write(asked['body'], b'x')
            check(False, 'the body is not sealed')
        except PermissionError:
            pass
        equal(wire.read_memfd(asked['body']), text)
        front().broker.send('failed', request=asked['request'], status=422, code='x', message='y')
        equal(parse(raw.recv(65536))[0], 422)


@test('100 Continue is said when the body waits for it')
def expect():
    with front().connect() as raw:
        raw.sendall(post(2, ['Expect: 100-continue']))
        equal(raw.recv(65536), b'HTTP/1.1 100 Continue\r\n\r\n')
        raw.sendall(b'{}')
        asked = front().broker.expect('create')
        equal(wire.read_memfd(asked['body']), b'{}')
        front().broker.send('failed', request=asked['request'], status=503, code='full', message='m',
                            retry_after=7, queue=3)
        status, fields, text = parse(raw.recv(65536))
        equal((status, fields['retry-after']), (503, '7'))
        contains(text, b'"queue":3')


@test('a body over the limit is refused before it is read, and the answer arrives')
def too_big():
    for fields, piece in ((['Expect: 100-continue'], b''), ([], b'x' * (1 << 20))):
        with front().connect() as raw:
            raw.sendall(post((4 << 20) + 1, fields) + piece)
            status, _, text = parse(read_all(raw))
            equal(status, 413)
            contains(text, b'source_max')


@test('a POST without a length is told so')
def no_length():
    equal(parse(front().exchange(post(None, ['Connection: close'])))[0], 411)


@test('a client that leaves in the middle of its body leaves nothing behind')
def leaves():
    before = len(os.listdir(f'/proc/{front().process.pid}/fd'))
    for _ in range(50):
        with front().connect() as raw:
            raw.sendall(post(1 << 20) + b'x' * 1000)
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    equal(front().request('GET /healthz HTTP/1.1')[0], 200)
    check(len(os.listdir(f'/proc/{front().process.pid}/fd')) <= before, 'descriptors are left')


@test('one owner cannot hold all memory with bodies that never come')
def uploads():
    held = [front().connect() for _ in range(16)]
    for raw in held:
        raw.sendall(post(4 << 20, ['Expect: 100-continue']))
        contains(raw.recv(65536), b'100 Continue')
    equal(parse(front().exchange(post(2)))[0], 429)
    for raw in held:
        raw.close()
    # The ends of the closed ones are noticed by a turn of its loop.
    while parse(front().exchange(post((4 << 20) + 1)))[0] == 429:
        pass


@test('a client that leaves while it waits cancels its compilation')
def cancels():
    with front().connect() as raw:
        raw.sendall(post(2) + b'{}')
        asked = front().broker.expect('create')
        os.close(asked['body'])
    equal(front().broker.expect('cancel')['request'], asked['request'])
    # The session was there already: nobody will ever ask for it.
    front().broker.send('created', session='Sgone', owner='local', request=asked['request'],
                        channel=os.open('/dev/null', os.O_RDONLY))
    ended = front().broker.expect('end')
    equal((ended['session'], ended['owner']), ('Sgone', 'local'))


@test('requests that take no body get none')
def unwanted_body():
    equal(front().request('GET /api/v1/info HTTP/1.1', 'Content-Length: 2', body=b'{}')[0], 400)


# -- whose request --------------------------------------------------------------

@test('only names that are ours are served: DNS rebinding')
def hosts():
    with Frontend(hosts='penguin.example trace.example') as own:
        for host in ('localhost', 'LocalHost:99', '127.0.0.1', '10.1.2.3:8080', '[::1]:80', 'trace.example'):
            equal(own.request('GET /api/v1/info HTTP/1.1', host=host)[0], 200, host)
        for host in ('evil.example', 'localhost.evil.example', 'evil.example:8080', '[evil]', 'a b',
                     'localhost:', 'localhost:1:2', 'localhost/', '127.0.0.1.evil.example', '@localhost'):
            status, _, text = own.request('GET /api/v1/info HTTP/1.1', host=host)
            equal(status, 421, host)
            contains(text, b'hosts')
        equal(own.request('GET /healthz HTTP/1.1', host='10-1-2-3.pod.example')[0], 200)


@test('another site\'s page changes nothing: cross-site requests')
def origins():
    with Frontend(hosts='penguin.example') as own:
        mine = own.base[7:]
        for origin in (f'http://{mine}', f'https://{mine}', 'https://penguin.example'):
            own.client.headers['Origin'] = origin
            with own.connect() as raw:
                lines = ['DELETE /api/v1/sessions/S1 HTTP/1.1', f'Host: {mine}', f'Origin: {origin}',
                         f'Authorization: Bearer {TOKEN}', '', '']
                raw.sendall('\r\n'.join(lines).encode())
                asked = own.broker.expect('end')
                own.broker.send('sessions', request=asked['request'])
                equal(parse(raw.recv(65536))[0], 204, origin)
        for origin in ('http://evil.example', 'null', f'http://{mine}.evil.example', 'http://127.0.0.1:1',
                       f'ftp://{mine}', '', f'http://evil.example/{mine}'):
            equal(own.request('DELETE /api/v1/sessions/S1 HTTP/1.1', f'Origin: {origin}')[0], 403, origin)
            equal(own.request('POST /api/v1/sessions HTTP/1.1', f'Origin: {origin}', 'Content-Length: 0')[0],
                  403, origin)
            equal(own.request('GET /api/v1/sessions/S1/socket HTTP/1.1', f'Origin: {origin}')[0], 403, origin)
        equal(own.request('POST /api/v1/sessions HTTP/1.1', 'Sec-Fetch-Site: cross-site',
                          'Content-Length: 0')[0], 403)


@test('identity = token: a cookie for the printed address, or a bearer token')
def token():
    own = front()
    path = '/api/v1/info'
    equal(own.request(f'GET {path} HTTP/1.1', token=False)[0], 401)
    status, fields, text = own.request('GET / HTTP/1.1', token=False)
    equal((status, fields['content-type']), (401, 'text/html; charset=utf-8'))
    contains(text, b'token')
    for wrong in ('', 'x', TOKEN[:-1], TOKEN + 'x', 'b' + TOKEN[1:]):
        equal(own.request(f'GET /?token={wrong} HTTP/1.1')[0], 401, wrong)
        equal(own.request(f'GET {path} HTTP/1.1', f'Cookie: penguintrace={wrong}', token=False)[0], 401)
        equal(own.request(f'GET {path} HTTP/1.1', f'Authorization: Bearer {wrong}', token=False)[0], 401)
    status, fields, _ = own.request(f'GET /?token={TOKEN} HTTP/1.1', token=False)
    equal((status, fields['location']), (303, '/'))
    cookie, _, attributes = fields['set-cookie'].partition('; ')
    equal(attributes, 'HttpOnly; SameSite=Strict; Path=/')
    equal(own.request(f'GET {path} HTTP/1.1', f'Cookie: a=b; {cookie}; c=d', token=False)[0], 200)
    equal(own.request('GET / HTTP/1.1', f'Cookie: {cookie}', token=False)[0], 200)


@test('identity = proxy: the header of a peer that is named, and of nobody else')
def proxy():
    settings = {'identity': 'proxy', 'proxy_header': 'X-Remote-User'}
    with Frontend(**settings, proxy_peers='127.0.0.0/8') as own:
        with own.connect() as raw:
            raw.sendall(b'GET /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nX-Remote-User: anna\r\n\r\n')
            asked = own.broker.expect('list')
            equal(asked['owner'], 'anna')
            own.broker.send('sessions', request=asked['request'])
            equal(parse(raw.recv(65536))[0], 200)
        for fields in ([], ['X-Remote-User: '], ['X-Remote-User: a', 'X-Remote-User: b'],
                       ['X-Remote-User: ' + 'a' * 129]):
            equal(own.request('GET /api/v1/sessions HTTP/1.1', *fields)[0], 401, fields)
    with Frontend(**settings, proxy_peers='192.0.2.1') as own:
        equal(own.request('GET /api/v1/sessions HTTP/1.1', 'X-Remote-User: anna')[0], 401)


@test('settings that cannot tell requests apart stop the start')
def wrong_settings():
    for settings in ({'token': 'short'}, {'token': 'with spaces and ünïcode'},
                     {'identity': 'proxy'}, {'identity': 'proxy', 'proxy_peers': 'everyone'}):
        own = Frontend(offer=False, **settings)
        equal(own.process.wait(10), 1, settings)
        own.log.wait('setting')


# -- the page -------------------------------------------------------------------

@test('the page: policy with a fresh nonce, compressed files, ETags')
def page():
    own = front()
    status, fields, _ = own.request('GET / HTTP/1.1')
    equal(status, 200)
    again = own.request('GET / HTTP/1.1')[1]
    policy = fields['content-security-policy']
    contains(policy, "default-src 'none'")
    contains(policy, f'connect-src \'self\' ws://{own.base[7:]}')
    check(policy != again['content-security-policy'], 'the nonce is the same twice')
    check('unsafe' not in policy, policy)
    status, fields, plain = own.request('GET /app.js HTTP/1.1', token=False)
    equal((status, fields['content-type']), (200, 'text/javascript; charset=utf-8'))
    status, packed, text = own.request('GET /app.js HTTP/1.1', 'Accept-Encoding: br, gzip;q=0.8', token=False)
    equal((packed['content-encoding'], gzip.decompress(text)), ('gzip', plain))
    for accepted in ('gzip;q=0', 'identity', 'gzip; q=0.000'):
        fields = own.request('GET /app.js HTTP/1.1', f'Accept-Encoding: {accepted}', token=False)[1]
        check('content-encoding' not in fields, accepted)
    status, _, text = own.request('GET /app.js HTTP/1.1', f'If-None-Match: {packed["etag"]}', token=False)
    equal((status, text), (304, b''))


@test('every answer carries what keeps a browser from guessing and framing')
def hardening():
    for path in ('/', '/app.js', '/healthz', '/api/v1/info', '/nothing', '/source.tar.gz'):
        fields = front().request(f'GET {path} HTTP/1.1')[1]
        equal(fields['x-content-type-options'], 'nosniff', path)
        equal(fields['referrer-policy'], 'no-referrer', path)
        equal(fields['cross-origin-resource-policy'], 'same-origin', path)
        contains(fields['content-security-policy'], "frame-ancestors 'none'")


@test('this program\'s source is to be had from itself')
def source():
    status, fields, text = front().request('GET /source.tar.gz HTTP/1.1', token=False)
    equal((status, fields['content-type']), (200, 'application/gzip'))
    with tarfile.open(fileobj=io.BytesIO(text)) as archive:
        served = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    for name in ('httpd/main.c', 'COPYING', 'contrib/quickstart', 'configure.ac', 'httpd/www/package-lock.json'):
        check(f'penguintrace/{name}' in served, f'{name} is missing')
    for name, content in served.items():
        with open(os.path.join(ROOT, name.partition('/')[2]), 'rb') as file:
            check(file.read() == content, f'{name} is not what this tree has')
    # The rule by which it is made; that it builds is what tests/source/release.sh shows.
    with tempfile.TemporaryDirectory() as directory:
        again = os.path.join(directory, 'again.tar.gz')
        subprocess.run([os.path.join(ROOT, 'contrib', 'make-source-tarball'), ROOT, again], check=True)
        with tarfile.open(again) as archive:
            equal(sorted(set(archive.getnames()) ^ set(served)), [], 'not in both')


@test('paths and methods that are not there are named')
def routes():
    own = front()
    equal(own.request('GET /nothing HTTP/1.1')[0], 404)
    equal(own.request('POST /nothing HTTP/1.1', 'Content-Length: 0')[0], 404)
    equal(own.request('GET /index.html HTTP/1.1')[0], 404)
    equal(own.request('GET /../etc/passwd HTTP/1.1')[0], 404)
    for line, allow in (('DELETE /api/v1/sessions', 'POST, GET, HEAD'), ('POST /api/v1/info', 'GET, HEAD'),
                        ('GET /api/v1/sessions/S1/stepIn', 'POST')):
        status, fields, _ = own.request(f'{line} HTTP/1.1')
        equal((status, fields['allow']), (405, allow), line)
    for path in ('/api/v1/sessions/', '/api/v1/sessions//state', '/api/v1/sessions/S1/', '/api/v1/sessions/%53',
                 '/api/v1/sessions/S1/state/x', '/api/v1/sessions/' + 'a' * 65, '/api/v1/sessions/S1/st_ate'):
        equal(own.request(f'GET {path} HTTP/1.1')[0], 404, path)


# -- how many ---------------------------------------------------------------------

@test('one address cannot take all connections')
def per_address():
    with Frontend(connections_per_address=4) as own:
        held = [own.connect() for _ in range(4)]
        for raw in held:
            raw.sendall(get().encode())
            equal(parse(raw.recv(65536))[0], 200)
        with own.connect() as raw:
            equal(parse(read_all(raw))[0], 503)
        held.pop().close()
        while True:     # its end of the closed one is noticed by a turn of its loop
            status = parse(own.exchange(get(fields='\r\nConnection: close')))[0]
            if status == 200:
                break
        for raw in held:
            raw.close()


@test('when all connections are taken, one that is idle makes room')
def eviction():
    with Frontend(connections_max=16) as own:
        held = [own.connect() for _ in range(16)]
        for raw in held:
            raw.sendall(get().encode())
            equal(parse(raw.recv(65536))[0], 200)
        equal(parse(own.exchange(get(fields='\r\nConnection: close')))[0], 200)
        equal(held[0].recv(1), b'', 'the one that was idle longest is closed')
        for raw in held:
            raw.close()


@test('a connection that never says anything makes room as well')
def silent():
    with Frontend(connections_max=16) as own:
        held = [own.connect() for _ in range(40)]
        equal(parse(own.exchange(get(fields='\r\nConnection: close')))[0], 200)
        equal(held[0].recv(1), b'')
        for raw in held:
            raw.close()


@test('half-open requests from many addresses do not keep an honest one out')
def slowloris():
    with Frontend(connections_max=64, connections_per_address=16) as own:
        held = []
        for host in range(2, 12):
            for _ in range(16):
                held.append(own.connect(f'127.0.0.{host}'))
                held[-1].sendall(b'GET / HTTP/1.1\r\nX: ')
        for _ in range(20):
            equal(parse(own.exchange(get(fields='\r\nConnection: close')))[0], 200)
        for raw in held:
            raw.close()


@test('too few descriptors: connections are limited, the service lives')
def descriptors():
    with Frontend(descriptors=256, sessions_max=8) as own:
        own.log.wait('connections_max is')
        held = [own.connect() for _ in range(200)]
        equal(parse(own.exchange(get(fields='\r\nConnection: close')))[0] in (200, 503), True)
        for raw in held:
            raw.close()
        while parse(own.exchange(get(fields='\r\nConnection: close')))[0] != 200:
            pass


if __name__ == '__main__':
    main()
