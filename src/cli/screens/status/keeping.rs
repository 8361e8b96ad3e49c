//! How the ledger is kept: its last backup, whether it came out of one, and the machines that serve it.

use super::gather::Gather;
use super::{Need, Status};
use crate::cli::Stop;

/// A machine that did not end in order is told about for so long after its lease ended, milliseconds.
const DEAD_TOLD_MS: i64 = 24 * 3_600_000;

impl Gather<'_> {
    pub(super) async fn keeping(&self, s: &mut Status) -> Result<(), Stop> {
        let l = self.lang();
        if let Some((from, until, open)) = self.store.restored().await?
            && open > 0
        {
            let (n, from, until) = (self.show.n(open), self.show.at(from), self.show.at(until));
            let see = self.ctx.hint(&["log", "--state", l.pick("chưa rõ", "unknown")]);
            s.needs.insert(
                0,
                Need {
                    kind: "restored",
                    n: open,
                    says: say!(
                        l,
                        "SỔ CÁI KHÔI PHỤC lúc {until} từ bản sao lưu lúc {from}: {n} lượt đến giờ trong khoảng ấy chưa rõ đã đi hay chưa, không lượt nào tự gửi. Hỏi nhật ký của máy gửi, trả lời từng tài khoản dưới đây.",
                        "LEDGER RESTORED at {until} from the backup of {from}: {n} deliveries due in between may have gone or not, none goes by itself. Ask the senders' own logs, answer per account below."
                    ),
                    action: see,
                },
            );
        }
        // The lock tells on an embedded database; more than one machine is there elsewhere alone.
        if !self.store.is_embedded() {
            for n in self.store.nodes_known(DEAD_TOLD_MS).await? {
                let (name, since, until) = (&n.name, self.show.at(n.started_at), self.show.at(n.lease_until));
                let version = n.version.as_deref().unwrap_or("?");
                let mut does = Vec::new();
                if n.planner == 1 {
                    does.push(l.pick("lập lịch", "plans"));
                }
                if n.files == 1 {
                    does.push(l.pick("đọc thư mục", "reads the folder"));
                }
                let does = if does.is_empty() { String::new() } else { format!(", {}", does.join(", ")) };
                s.nodes.push(if n.alive == 1 {
                    say!(
                        l,
                        "{name}: chạy từ {since}{does}, hạn thuê {until}, bản {version}",
                        "{name}: at work since {since}{does}, lease until {until}, version {version}"
                    )
                } else {
                    say!(
                        l,
                        "{name}: CHẾT, hạn thuê hết lúc {until} (chạy từ {since}); việc của nó máy khác đã nhận",
                        "{name}: DEAD, its lease ended {until} (at work since {since}); others took up its work"
                    )
                });
            }
        }
        if self.ctx.sandbox {
            return Ok(()); // a rehearsal is not kept
        }
        s.machine.push(match self.store.backup_at().await? {
            Some(t) => {
                let (at, ago) = (self.show.at(t), self.show.lasted(t));
                say!(l, "sao lưu gần nhất {at} ({ago} trước)", "last backup {at} ({ago} ago)")
            }
            None => {
                let backup = self.ctx.hint(&["backup"]);
                say!(l, "chưa từng sao lưu:   {backup}", "never backed up:   {backup}")
            }
        });
        Ok(())
    }
}
