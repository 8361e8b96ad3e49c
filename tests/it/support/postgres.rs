//! A PostgreSQL of one test's own, on a free loopback port, which may be killed and started again.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

/// A cluster that is stopped with the value that holds it.
pub struct Postgres {
    dir: tempfile::TempDir,
    bin: PathBuf,
    port: u16,
}

/// The folder with PostgreSQL's own programs: `LOA_TEST_PG_BIN`, or where Debian keeps the newest.
fn programs() -> PathBuf {
    if let Some(dir) = std::env::var_os("LOA_TEST_PG_BIN") {
        return dir.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed by ./test");
    versions.map(|e| e.unwrap().path().join("bin")).filter(|p| p.join("initdb").is_file()).max().unwrap()
}

impl Postgres {
    /// A new cluster, running.
    pub fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let it = Self { dir: tempfile::tempdir().unwrap(), bin: programs(), port };
        if root() {
            // PostgreSQL refuses to run as root.
            let given = Command::new("chown").arg("nobody").arg(it.dir.path()).status().unwrap();
            assert!(given.success());
        }
        it.run(
            "initdb",
            &["--no-sync", "-A", "trust", "-U", "loa", "-E", "UTF8", "--locale=C", "-D", it.data()],
        );
        it.up();
        it
    }

    fn data(&self) -> &str {
        self.dir.path().to_str().unwrap()
    }

    /// Runs one of its programs as a user that is not root.
    fn run(&self, program: &str, args: &[&str]) -> String {
        let path = self.bin.join(program);
        let mut c = if root() {
            let mut c = Command::new("setpriv");
            c.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(path);
            c
        } else {
            Command::new(path)
        };
        // The server outlives pg_ctl: nothing of ours may stay open in it.
        let said = tempfile::NamedTempFile::new().unwrap();
        let file = || std::fs::File::options().append(true).open(said.path()).unwrap();
        let done = c
            .args(args)
            .current_dir(Path::new("/"))
            .stdin(std::process::Stdio::null())
            .stdout(file())
            .stderr(file());
        let done = done.status().unwrap();
        let said = std::fs::read_to_string(said.path()).unwrap();
        assert!(done.success(), "{program} {args:?}: {said}");
        said
    }

    /// Starts it and waits until it answers.
    pub fn up(&self) {
        let how =
            format!("-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories=''", self.port);
        let log = self.dir.path().join("log");
        self.run("pg_ctl", &["-D", self.data(), "-w", "-l", log.to_str().unwrap(), "-o", &how, "start"]);
    }

    /// Kills it as a power cut would: no connection ends in order.
    pub fn kill(&self) {
        self.run("pg_ctl", &["-D", self.data(), "-m", "immediate", "stop"]);
    }

    /// The processes of it that live as long as it does: the one that all others come from, and those that write by themselves.
    pub fn pids(&self) -> Vec<String> {
        let file = std::fs::read_to_string(self.dir.path().join("postmaster.pid")).unwrap();
        let first = file.lines().next().unwrap();
        let children = std::fs::read_to_string(format!("/proc/{first}/task/{first}/children")).unwrap();
        let stays = |pid: &&str| {
            let title = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            ["walwriter", "checkpointer", "background writer"].iter().any(|t| title.contains(t))
        };
        std::iter::once(first).chain(children.split_whitespace().filter(stays)).map(str::to_owned).collect()
    }

    /// For `LOA_DATABASE_URL`.
    pub fn url(&self) -> String {
        format!("postgres://loa@127.0.0.1:{}/postgres", self.port)
    }

    /// What `psql` answers to one statement: for what no program of ours may do, such as letting time pass for a lease.
    pub fn sql(&self, statement: &str) -> String {
        self.run("psql", &["-XAtq", "-d", &self.url(), "-c", statement]).trim().to_owned()
    }
}

fn root() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if self.dir.path().join("postmaster.pid").exists() {
            self.kill();
        }
    }
}
