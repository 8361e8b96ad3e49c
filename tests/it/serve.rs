//! The daemon as an office runs it: it watches the folder, sends what was approved, tells its health, survives a slip in
//! `loa.yaml`, and stops in order.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command};

use crate::support::office::{Office, until, wall};

/// Status and body of a GET; 0 while nobody listens.
fn get(port: u16, path: &str) -> (u16, String) {
    let Ok(mut s) = TcpStream::connect(("127.0.0.1", port)) else { return (0, String::new()) };
    let request = format!("GET {path} HTTP/1.1\r\nHost: loa\r\nConnection: close\r\n\r\n");
    if s.write_all(request.as_bytes()).is_err() {
        return (0, String::new());
    }
    let mut text = String::new();
    drop(s.read_to_string(&mut text));
    let status = text.split(' ').nth(1).and_then(|c| c.parse().ok()).unwrap_or(0);
    (status, text.split_once("\r\n\r\n").map_or(String::new(), |(_, b)| b.to_owned()))
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
}

#[test]
fn a_day_of_the_daemon() {
    let o = Office::new(
        "  gia-lap:\n    kind: scripted\n    sink: {SINK}\n",
        "default_accounts:\n  email: gia-lap\n",
    );
    let port = o.port();
    let sink = o.at("sink.txt");
    let yaml = std::fs::read_to_string(o.at("loa.yaml")).expect("loa.yaml");
    let yaml = yaml.replace("{SINK}", &sink.display().to_string());
    o.write("loa.yaml", &yaml);
    o.units("  - id: so\n    name: Sở Thử\n    kind: department\n");
    o.list("ds", &["a@khach.example".into(), "b@khach.example".into()]);
    let mut daemon = o.start(&["run"]);
    until("readiness", || get(port, "/readyz").0 == 200);
    assert_eq!(get(port, "/healthz").0, 200);

    // A new post is an addition: it is planned by itself, and held until it is approved.
    o.post(
        "bai",
        "Thông báo",
        &format!("  - channel: email\n    to: ds\n    at: {}\n    late_ok: 2 days\n", wall(-1)),
    );
    until("the post in the ledger", || {
        o.loa(&["approve", "chien-dich/bai", "--by", "binh"]).status.success()
    });
    let lines = || std::fs::read_to_string(&sink).unwrap_or_default().lines().count();
    until("two messages", || lines() == 2);

    // An edit would change what is planned: it waits for a person.
    o.post("bai", "Thông báo đã sửa", &format!("  - channel: email\n    to: ds\n    at: {}\n", wall(300)));
    // A slip in loa.yaml does not stop what works.
    o.write("loa.yaml", "organisation: [\n");
    signal(&daemon, "-HUP");
    until("the settings of before in force again", || get(port, "/readyz").0 == 200);
    o.write("loa.yaml", &yaml);

    until("metrics that count and explain themselves", || {
        let metrics = get(port, "/metrics").1;
        metrics.contains("loa_outcomes_total{account=\"gia-lap\",outcome=\"accepted\"} 2")
            && metrics.contains("# HELP loa_outcomes_total")
    });
    signal(&daemon, "-TERM");
    assert!(daemon.wait().expect("an end").success());
    assert_eq!(lines(), 2, "nothing was sent twice");
}
