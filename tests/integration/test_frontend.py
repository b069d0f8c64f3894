#!/usr/bin/python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The API between clients, broker and tracers: what httpd asks of whom, and how each one's end is told."""
import json
import os
import signal
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from lib import wire                                                 # noqa: E402
from lib.frontend import TOKEN, Call, Frontend, create, front, parse, read_all, told # noqa: E402
from lib.tap import check, contains, equal, main, test               # noqa: E402


# -- sessions -------------------------------------------------------------------

@test('a session is made: state from the tracer, warnings from the compiler, both unread')
def made():
    own = front()
    warnings = b'[{"file":"main.c","line":1}]'
    body, tracer = create(own, 'S-made', diagnostics=wire.memfd(warnings))
    told(own, 'S-made')
    equal(body, {'session': 'S-made', 'state': {'position': 0}, 'diagnostics': json.loads(warnings)})
    body, other = create(own, 'S-bare')
    told(own, 'S-bare')
    equal(body['diagnostics'], [])
    tracer.close()
    other.close()
    for session in ('S-made', 'S-bare'):
        check(own.broker.expect('end')['session'] in ('S-made', 'S-bare'), session)


@test('a program is uploaded as bytes')
def upload():
    own = front()
    call = Call(own, 'POST', '', body=b'\x7fELF', **{'Content-Type': 'application/octet-stream'})
    asked = own.broker.expect('create')
    equal((asked['format'], wire.read_memfd(asked['body'])), (1, b'\x7fELF'))
    own.broker.send('failed', request=asked['request'], status=422, code='elf', message='no ELF')
    equal(call.status(422)['error'], {'code': 'elf', 'message': 'no ELF'})


@test('what the compiler says of errors reaches the client, as JSON whatever is in it')
def failed():
    own = front()
    call = Call(own, 'POST', '', {})
    asked = own.broker.expect('create')
    own.broker.send('failed', request=asked['request'], status=422, code='compile', message='"a"\n\x01 \u20ac \\',
                    diagnostics=wire.memfd(b'[{"line":7}]'))
    error = call.status(422)['error']
    equal((error['message'], error['diagnostics']), ('"a"\n\x01 \u20ac \\', [{'line': 7}]))


@test('diagnostics that are not sealed, too big or no file are left out')
def bad_diagnostics():
    own = front()
    for fd in (wire.memfd(b'[]', sealed=False), wire.memfd(b' ' * (200 << 10)), os.open('/dev/zero', os.O_RDONLY)):
        call = Call(own, 'POST', '', {})
        asked = own.broker.expect('create')
        own.broker.send('failed', request=asked['request'], status=422, code='x', message='y', diagnostics=fd)
        equal(call.status(422), {'error': {'code': 'x', 'message': 'y'}})


@test('list, show and end go to the broker with the owner\'s name')
def broker_requests():
    own = front()
    rows = [{'session': f'S{i}', 'language': 'c', 'phase': i % 4, 'age_seconds': i} for i in range(100)]
    call = Call(own, 'GET', '')
    asked = own.broker.expect('list')
    equal(asked['owner'], 'local')
    own.broker.send('sessions', request=asked['request'], rows=rows, more=5)
    body = call.status(200)
    equal((len(body['sessions']), body['more']), (100, 5))
    equal(body['sessions'][3], {'session': 'S3', 'language': 'c', 'phase': 'live', 'usage': {'age_seconds': 3}})
    call = Call(own, 'GET', '/S2')
    asked = own.broker.expect('query')
    equal((asked['owner'], asked['session']), ('local', 'S2'))
    own.broker.send('sessions', request=asked['request'], rows=[rows[2]])
    equal(call.status(200), {**body['sessions'][2], 'state': None})
    call = Call(own, 'DELETE', '/S2')
    asked = own.broker.expect('end')
    own.broker.send('failed', request=asked['request'], status=404, code='session', message='none')
    call.status(404)


@test('a live session is shown with its state')
def shown():
    own = front()
    call = Call(own, 'GET', '/S-shown')
    asked = own.broker.expect('query')
    row = {'session': 'S-shown', 'language': 'asm', 'phase': 3, 'age_seconds': 9}
    own.broker.send('sessions', request=asked['request'], rows=[row])
    tracer = own.attach('S-shown')
    request = tracer.expect('request')
    tracer.send('reply', client=request['client'], status=200, payload=b'{"pc":"0x1"}')
    equal(call.status(200), {'session': 'S-shown', 'language': 'asm', 'phase': 'live',
                             'usage': {'age_seconds': 9}, 'state': {'pc': '0x1'}})
    told(own, 'S-shown')
    own.broker.send('ended', session='S-shown', code='deleted', message='ended')
    check(tracer.closed(), 'the channel stays')


@test('the program is streamed from its memfd, also to a client that reads slowly')
def program():
    own = front()
    elf = os.urandom(3 << 20)
    with own.connect() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.sendall(f'GET /api/v1/sessions/S1/program HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n'
                    f'Authorization: Bearer {TOKEN}\r\n\r\n'.encode())
        asked = own.broker.expect('program')
        own.broker.send('program_is', request=asked['request'], elf=wire.memfd(elf))
        status, fields, body = parse(read_all(raw))
    equal((status, int(fields['content-length']), body == elf), (200, len(elf), True))
    call = Call(own, 'GET', '/S1/program')
    asked = own.broker.expect('program')
    own.broker.send('program_is', request=asked['request'], elf=wire.memfd(elf, sealed=False))
    call.status(502)


# -- commands -------------------------------------------------------------------

@test('a command is carried unread, both ways')
def command():
    own = front()
    _, tracer = create(own, 'S-command')
    told(own, 'S-command')
    for body, status, answer in ((b'{"count": 3}', 200, b'{"position":3}'), (b'', 409, b'{"error":{}}'),
                                 (b'not json \xff\x00', 400, b''), (b'x' * 65536, 200, b'y' * 120000)):
        call = Call(own, 'POST', '/S-command/stepIn', body=body)
        request = tracer.expect('request')
        equal((request['command'], request['encoding'], request['payload']), ('stepIn', 0, body))
        tracer.send('reply', client=request['client'], status=status, payload=answer)
        got = call.result()
        equal((got.status, got.body), (status, answer))
    equal(Call(own, 'POST', '/S-command/stepIn', body=b'x' * 65537).result().status, 413)
    call = Call(own, 'GET', '/S-command/events?after=17&wait=20000')
    request = tracer.expect('request')
    equal((request['command'], request['payload']), ('events', b'{"after":17,"wait":20000}'))
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call.status(200)
    for query in ('after=-1', 'after=x', 'wait=12345678901', 'after='):
        equal(Call(own, 'GET', f'/S-command/events?{query}').result().status, 400, query)
    numbers = [request['client']]
    call = Call(own, 'GET', '/S-command/events')
    request = tracer.expect('request')
    equal(request['payload'], b'{}')
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    check(request['client'] not in numbers, 'a number is used twice')
    call.status(200)
    own.broker.send('ended', session='S-command', code='deleted', message='ended by its owner')
    tracer.closed()


@test('a client that leaves is told to the tracer')
def gone():
    own = front()
    _, tracer = create(own, 'S-gone')
    told(own, 'S-gone')
    raw = own.connect()
    raw.sendall(f'GET /api/v1/sessions/S-gone/events HTTP/1.1\r\nHost: localhost\r\n'
                f'Authorization: Bearer {TOKEN}\r\n\r\n'.encode())
    request = tracer.expect('request')
    raw.close()
    equal(tracer.expect('gone')['client'], request['client'])
    # Its answer comes too late and harms nobody.
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call = Call(own, 'POST', '/S-gone/state', {})
    request = tracer.expect('request')
    tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    call.status(200)
    own.broker.send('ended', session='S-gone', code='session_idle', message='nobody was there')
    error = Call(own, 'POST', '/S-gone/state', {}).status(410)['error']
    equal(error, {'code': 'session_idle', 'message': 'nobody was there'})


@test('a session that is not known is asked for once, by however many clients')
def attached():
    own = front()
    calls = [Call(own, 'POST', '/S-attach/state', {}) for _ in range(5)]
    tracer = own.attach('S-attach')
    for _ in calls:
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'], status=200, payload=b'{}')
    for call in calls:
        call.status(200)
    told(own, 'S-attach')
    own.broker.send('ended', session='S-attach', code='deleted', message='ended')
    call = Call(own, 'POST', '/S-none/state', {})
    asked = own.broker.expect('attach')
    own.broker.send('failed', request=asked['request'], status=404, code='session', message='no such session')
    equal(call.status(404)['error']['message'], 'no such session')


@test('what is one owner\'s does not exist for another')
def owners():
    settings = {'identity': 'proxy', 'proxy_peers': '127.0.0.1'}
    with Frontend(**settings) as own:
        own.client.headers['X-Forwarded-User'] = 'anna'
        _, tracer = create(own, 'S-anna')
        told(own, 'S-anna')
        own.client.headers['X-Forwarded-User'] = 'berta'
        call = Call(own, 'POST', '/S-anna/state', {})
        asked = own.broker.expect('attach')
        equal((asked['owner'], asked['session']), ('berta', 'S-anna'))
        own.broker.send('failed', request=asked['request'], status=404, code='session', message='none of yours')
        call.status(404)
        own.broker.send('ended', session='S-anna', code='deleted', message='secret')
        tracer.closed()
        call = Call(own, 'POST', '/S-anna/state', {})
        asked = own.broker.expect('attach')
        own.broker.send('failed', request=asked['request'], status=404, code='session', message='none of yours')
        call.status(404)


# -- the end of others ------------------------------------------------------------

@test('a tracer that dies in the middle of a request: 502, then 410 with the reason')
def worker_died():
    own = front()
    _, tracer = create(own, 'S-died')
    told(own, 'S-died')
    call = Call(own, 'POST', '/S-died/continue', {})
    tracer.expect('request')
    tracer.close()
    own.broker.send('ended', session='S-died', code='worker_died', message='its tracer was killed')
    equal(call.status(502)['error'], {'code': 'worker_died', 'message': 'its tracer was killed'})
    equal(Call(own, 'POST', '/S-died/state', {}).status(410)['error']['message'], 'its tracer was killed')


@test('a tracer that breaks the rules loses its channel, and its session is ended')
def hostile_tracer():
    own = front()
    for number, packet in enumerate((b'\xff' * 100, b'', b'\x93\x00\x01\x02', b'\xdd\xff\xff\xff\xff',
                                     wire.encode('ended', {'session': 'S', 'code': 'c', 'message': 'm'})[0])):
        name = f'S-hostile{number}'
        _, tracer = create(own, name)
        told(own, name)
        call = Call(own, 'POST', f'/{name}/state', {})
        tracer.expect('request')
        tracer.raw(packet)
        equal(own.broker.expect('end')['session'], name)
        equal(call.status(502)['error']['code'], 'worker_died')
    _, tracer = create(own, 'S-odd')
    told(own, 'S-odd')
    for status in (0, 42, 101, 199, 204, 304, 303):
        call = Call(own, 'POST', '/S-odd/state', {})
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'] + 1000, status=200, payload=b'stray')
        tracer.send('event', client=0, payload=b'stray')
        tracer.send('reply', client=request['client'], status=status, payload=b'{}')
        call.status(502)
    own.broker.send('ended', session='S-odd', code='deleted', message='ended')


@test('metrics: the broker\'s figures and httpd\'s own')
def metrics():
    own = front()
    client = own.client.other()
    answers = []
    thread = threading.Thread(target=lambda: answers.append(client.fetch('GET', '/metrics')))
    thread.start()
    own.broker.send('measured', request=own.broker.expect('measure')['request'], sessions=7, workers_died_total=2)
    thread.join(20)
    text = answers[0].body.decode()
    contains(text, '\npenguintrace_sessions 7\n')
    contains(text, '\npenguintrace_workers_died_total 2\n')
    contains(text, 'penguintrace_http_answers_total{class="2xx"}')
    client.close()


@test('ready only when the compilers have answered')
def ready():
    with Frontend(offer=False) as own:
        equal(own.request('GET /healthz HTTP/1.1')[0], 200)
        equal(own.request('GET /readyz HTTP/1.1')[0], 503)
        own.broker.hello()
        own.broker.send('offer', isolation='namespaces', isolation_note='')
        own.broker.send('failed', request=0)
        while own.request('GET /readyz HTTP/1.1')[0] != 200:
            pass


@test('SIGTERM with drain_timeout: no new sessions, the others go on; a second one ends it')
def drain():
    with Frontend(drain_timeout=3600) as own:
        _, tracer = create(own, 'S-drain')
        told(own, 'S-drain')
        own.process.send_signal(signal.SIGTERM)
        own.log.wait('draining')
        equal(own.request('GET /readyz HTTP/1.1')[0], 503)
        equal(Call(own, 'POST', '', {}).result().status, 503)
        call = Call(own, 'POST', '/S-drain/state', {})
        request = tracer.expect('request')
        tracer.send('reply', client=request['client'], status=200, payload=b'{}')
        call.status(200)
        own.process.send_signal(signal.SIGTERM)
        equal(own.process.wait(10), 0)


@test('without its broker it ends')
def no_broker():
    own = Frontend()
    own.request('GET /readyz HTTP/1.1')
    own.broker.close()
    equal(own.process.wait(10), 1)


if __name__ == '__main__':
    main()
