"""A mail server for the tests, on aiosmtpd 1.4.6: login required, STARTTLS on one port, TLS from the start on another.

serve CERT KEY DIR    prints "STARTTLS_PORT TLS_PORT" (both free ports of loopback), serves until its standard input
                      ends. Each mail it took is DIR/<n>.eml with DIR/<n>.json beside it; what clients did, one JSON
                      object a line, is DIR/events.jsonl. Both are on disk before the client gets its answer.
parse FILE            prints as JSON how Python's email package understands a mail.

The recipient's local part decides the answer: see `handle_MAIL`, `handle_RCPT` and `handle_DATA`.
"""

import asyncio
import hashlib
import json
import logging
import pathlib
import ssl
import sys
import warnings

LOGIN = (b"sender@ok.test", b"s3cret-local")


def serve(cert, key, box):
    from aiosmtpd.smtp import SMTP, AuthResult

    # Refused handshakes and logins are what the tests ask for.
    warnings.simplefilter("ignore")
    logging.getLogger("mail").setLevel(logging.CRITICAL + 1)
    events = (box / "events.jsonl").open("a", buffering=1)
    connections = 0
    mails = 0

    def event(server, what, **more):
        events.write(json.dumps({"connection": server.number, "event": what, **more}) + "\n")

    async def hang_up(server):
        """Closes without an answer; what this handler would have answered is never said."""
        server.transport.abort()
        await asyncio.Event().wait()

    class Handler:
        async def handle_MAIL(self, server, session, envelope, address, options):
            event(server, "mail", sender=address)
            leaving = getattr(server, "leaving", None)
            if leaving == "hangup":
                await hang_up(server)
            if leaving == "busy":
                return "421 4.4.2 mail.test Error: timeout exceeded"
            if address.startswith("flood"):
                return "450 4.7.1 Error: too much mail from 127.0.0.1"
            if address.startswith("stranger"):
                return "553 5.7.1 <%s>: Sender address rejected: not owned by user" % address
            envelope.mail_from = address
            envelope.mail_options.extend(options)
            return "250 2.1.0 Ok"

        async def handle_RCPT(self, server, session, envelope, address, options):
            event(server, "rcpt")
            name = address.lower().split("@")[0]
            answers = {
                "nosuch": "550 5.1.1 <%s>: Recipient address rejected: User unknown" % address,
                "tempfail": "450 4.2.1 <%s>: mailbox busy" % address,
                "full": "452 4.2.2 <%s>: over quota" % address,
                "closed": "550 5.7.1 <%s>: does not accept mail from you" % address,
                "relay": "554 5.7.1 <%s>: Relay access denied" % address,
            }
            for prefix, answer in answers.items():
                if name.startswith(prefix):
                    return answer
            if name.startswith("drop-before-data"):
                await hang_up(server)
            if name.startswith("silent-before-data"):
                await asyncio.Event().wait()
            envelope.rcpt_tos.append(address)
            return "250 2.1.5 Ok"

        async def handle_DATA(self, server, session, envelope):
            nonlocal mails
            event(server, "data")
            name = envelope.rcpt_tos[0].lower().split("@")[0]
            if name.startswith("refuse-content"):
                return "554 5.6.0 content not accepted"
            mails += 1
            (box / ("%d.eml" % mails)).write_bytes(envelope.original_content)
            (box / ("%d.json" % mails)).write_text(json.dumps({
                "connection": server.number,
                "to": envelope.rcpt_tos,
                "return_path": envelope.mail_from,
                "tls": server.transport.get_extra_info("cipher") is not None,
                "login": session.authenticated,
            }))
            if name.startswith("hangup-after-data"):
                await hang_up(server)
            if name.startswith("silent-after-data"):
                await asyncio.Event().wait()
            # The next mail on this connection meets a server that has had enough of it.
            for leaving in ("hangup", "busy"):
                if name.startswith(leaving + "-later"):
                    server.leaving = leaving
            return "250 2.0.0 Ok: queued as %06d" % mails

        async def handle_RSET(self, server, session, envelope):
            event(server, "rset")
            return "250 2.0.0 Ok"

        async def handle_NOOP(self, server, session, envelope, arg):
            event(server, "noop")
            return "250 2.0.0 Ok"

        async def handle_QUIT(self, server, session, envelope):
            event(server, "quit")
            return "221 2.0.0 Bye"

    def authenticate(server, session, envelope, mechanism, data):
        good = (data.login, data.password) == LOGIN
        event(server, "login", good=good)
        # With handled=False aiosmtpd itself answers 535.
        return AuthResult(success=good, handled=good)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)

    async def main():
        loop = asyncio.get_running_loop()

        def session(**tls):
            nonlocal connections
            connections += 1
            server = SMTP(
                Handler(), auth_required=True, authenticator=authenticate, data_size_limit=10_240_000,
                hostname="mail.test", enable_SMTPUTF8=True, loop=loop, **tls)
            server.number = connections
            event(server, "connect")
            return server

        upgraded = await loop.create_server(
            lambda: session(tls_context=context, require_starttls=True), "127.0.0.1", 0)
        wrapped = await loop.create_server(
            lambda: session(auth_require_tls=False), "127.0.0.1", 0, ssl=context)
        print(*(s.sockets[0].getsockname()[1] for s in (upgraded, wrapped)), flush=True)
        await loop.run_in_executor(None, sys.stdin.buffer.read)

    asyncio.run(main())


def parse(path):
    import email
    import email.policy

    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    parts = []
    for part in mail.walk():
        body = None if part.is_multipart() else part.get_payload(decode=True)
        text = part.get_content() if part.get_content_maintype() == "text" else None
        parts.append({
            "type": part.get_content_type(),
            "charset": part.get_content_charset(),
            "disposition": part.get_content_disposition(),
            "file": part.get_filename(),
            "cid": part["Content-ID"],
            "text": text,
            "sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
        })
    sender = mail["From"].addresses[0]
    to = mail["To"].addresses[0]
    print(json.dumps({
        "headers": {name: str(value) for name, value in mail.items()},
        "from": [sender.display_name, sender.addr_spec],
        "to": [to.display_name, to.addr_spec],
        "counts": [len(mail["From"].addresses), len(mail["To"].addresses)],
        "parts": parts,
        "defects": [str(d) for part in mail.walk() for d in part.defects]
        + [str(d) for header in mail.values() for d in header.defects],
    }))


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        folder = pathlib.Path(sys.argv[4])
        folder.mkdir(parents=True, exist_ok=True)
        serve(sys.argv[2], sys.argv[3], folder)
    elif sys.argv[1] == "parse":
        parse(pathlib.Path(sys.argv[2]))
    else:
        sys.exit(__doc__)
