//! The disk of an office, which can be filled: a small one of its own where mounting is allowed, a limit on the daemon's files
//! elsewhere.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::process::{Child, Command};

use super::office::Office;

/// It goes away with the value that holds it.
pub struct Disk {
    at: PathBuf,
    mounted: bool,
}

impl Disk {
    /// A disk of so many megabytes for the office's `var/`, before anything is there.
    pub fn under(o: &Office, megabytes: usize) -> Self {
        let at = o.at("var");
        std::fs::create_dir_all(&at).unwrap();
        let size = format!("size={megabytes}m");
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&at).output();
        Self { mounted: mount.is_ok_and(|m| m.status.success()), at }
    }
    /// Leaves no room on it.
    pub fn fill(&self, daemon: &Child) {
        if self.mounted {
            let mut ballast = std::fs::File::create(self.at.join("ballast")).unwrap();
            let block = [0u8; 4096];
            while std::io::Write::write_all(&mut ballast, &block).is_ok() {}
        } else {
            let wal = std::fs::metadata(self.at.join("loa.db-wal")).unwrap().len();
            self.limit(daemon, &wal.to_string());
        }
    }
    /// Makes room again.
    pub fn free(&self, daemon: &Child) {
        if self.mounted {
            std::fs::remove_file(self.at.join("ballast")).unwrap();
        } else {
            self.limit(daemon, "unlimited");
        }
    }
    fn limit(&self, daemon: &Child, bytes: &str) {
        let to = format!("--fsize={bytes}:");
        let set = Command::new("prlimit").args(["--pid", &daemon.id().to_string(), &to]).status().unwrap();
        assert!(set.success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if self.mounted {
            let _ = Command::new("umount").arg("-l").arg(&self.at).status();
        }
    }
}
