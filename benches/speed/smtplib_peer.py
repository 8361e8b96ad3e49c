"""Python's smtplib, a thread per connection; composes each mail, or sends bytes made beforehand. No record is kept."""
import json
import resource
import smtplib
import sys
import threading
import time
from email.message import EmailMessage

port, connections, mails = map(int, sys.argv[1:4])
parts = json.load(open(sys.argv[4], encoding="utf-8"))


def compose(i):
    m = EmailMessage()
    m["From"] = "Sở Thử <loa@so.example>"
    m["To"] = f"Người Mẫu {i} <p{i}@khach.example>"
    m["Subject"] = parts["subject"]
    m.set_content(parts["text"].replace("{name}", f"Người Mẫu {i}"))
    m.add_alternative(parts["html"].replace("{name}", f"Người Mẫu {i}"), subtype="html")
    return m.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


made = compose(0) if sys.argv[5] == "made" else None
lock = threading.Lock()
counter = iter(range(mails))
sent = 0


def work():
    global sent
    smtp = smtplib.SMTP("127.0.0.1", port)
    done = 0
    while True:
        with lock:
            i = next(counter, None)
        if i is None:
            break
        smtp.sendmail("loa@so.example", [f"p{i}@khach.example"], made or compose(i))
        done += 1
    smtp.quit()
    with lock:
        sent += done


start = time.monotonic()
before = resource.getrusage(resource.RUSAGE_SELF)
threads = [threading.Thread(target=work) for _ in range(connections)]
for t in threads:
    t.start()
for t in threads:
    t.join()
took = time.monotonic() - start
after = resource.getrusage(resource.RUSAGE_SELF)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps({"sent": sent, "rate": sent / took, "cpu_us": cpu * 1e6 / max(sent, 1), "memory": after.ru_maxrss * 1024}))
