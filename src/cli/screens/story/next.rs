//! What a person may type now about one delivery.

use super::super::facts::{StaleFact, Way};
use super::super::show::Result as Verdict;
use crate::cli::Ctx;
use crate::domain::delivery::State;
use crate::store::DeliveryRow;
use crate::transport::is_package;

/// The steps, each a command that can be pasted and what it does.
pub(super) fn steps(
    ctx: &Ctx,
    row: &DeliveryRow,
    code: &str,
    verdict: &Verdict,
    (sheet, facts, assets): (Option<&str>, &[StaleFact], &[String]),
) -> Vec<String> {
    let l = ctx.lang;
    let name = l.pick("TÊN", "NAME");
    let step = |words: &[&str], vi: &str, en: &str| {
        format!("{}   {}", ctx.hint(words), l.pick(vi, en)).trim_end().to_owned()
    };
    match row.state() {
        State::Unknown => [
            ("leave", "không gửi lại, ghi “không rõ”", "not sent again, closed as “not known”"),
            ("sent", "đã hỏi: họ nhận rồi", "asked: they have it"),
            ("not-sent", "đã hỏi: chưa nhận, và không gửi nữa", "asked: not received, and not sent any more"),
            ("resend", "gửi lại; có thể nhận hai lần", "send again; may arrive twice"),
        ]
        .into_iter()
        .map(|(answer, vi, en)| step(&["resolve", code, answer, "--by", name], vi, en))
        .collect(),
        State::Failed | State::Rejected => {
            vec![step(&["retry", code, "--by", name], "gửi lại", "try again")]
        }
        State::Held => match verdict.cause.as_str() {
            "unapproved" | "grown" => {
                vec![step(
                    &["approve", &row.origin, "--by", name],
                    "duyệt bước còn thiếu",
                    "give the missing step",
                )]
            }
            // Who holds what is said by status: this post, its campaign, or everything.
            "hold" | "blackout" => {
                vec![
                    step(&["status"], "ai giữ, giữ gì", "who holds what"),
                    step(
                        &["release", &row.origin, "--by", name],
                        "nếu giữ riêng bài này",
                        "if this post is held by itself",
                    ),
                ]
            }
            crate::store::CONTENT_STOP => vec![
                step(&["apply"], "sửa bài, ghi lại, rồi duyệt lại", "mend the post, apply, approve again"),
                step(
                    &["release", &row.origin, "--by", name],
                    "hoặc cho cả bài đi như cũ",
                    "or let all of it go as it is",
                ),
            ],
            "person" => vec![step(&["release", code, "--by", name], "bỏ giữ", "release it")],
            "facts" => {
                let mut out = vec![step(
                    &["check"],
                    "bỏ câu ấy khỏi bài, hoặc dùng thông tin khác; check chỉ đúng dòng",
                    "drop the sentence or use another fact; check names the line",
                )];
                out.extend(facts.iter().filter_map(|f| match &f.1 {
                    Way::Verify(verify) => {
                        let does = l.pick("hoặc ghi lần kiểm tra mới", "or write down a new check");
                        Some(format!("{verify}   {does}"))
                    }
                    Way::Mend => {
                        let does = l.pick(
                            "hoặc có văn bản gia hạn thì sửa ngày hiệu lực trong campaigns/facts.yaml",
                            "or put its dates in campaigns/facts.yaml right, if a new document says so",
                        );
                        Some(does.to_owned())
                    }
                    Way::Apply => None,
                }));
                out.push(step(&["apply"], "rồi ghi lịch lại", "then write the plan again"));
                out
            }
            "kit" => {
                let mut out = vec![step(&["kit", "compare"], "xem bản nào đã đổi", "see which one changed")];
                for id in assets {
                    out.push(step(
                        &["kit", "keep", id],
                        "giữ bản cũ: bài đi tiếp",
                        "keep the old one: it goes on",
                    ));
                    out.push(step(&["kit", "pin", id], "hoặc dùng bản mới", "or take the new one"));
                }
                out.push(step(
                    &["apply"],
                    "rồi ghi lịch, duyệt lại",
                    "then write the plan and approve again",
                ));
                out
            }
            why if crate::store::UNSENDABLE.contains(&why) => vec![
                l.pick("gỡ lý do giữ (xem trên), rồi:", "mend the reason above, then:").to_owned(),
                step(&["release", code, "--by", name], "lượt này", "this one"),
                step(&["release", &row.origin, "--by", name], "hoặc cả bài", "or the whole post"),
            ],
            "stopped" => vec![step(&["check"], "xem lý do, sửa tệp", "see why, mend the file")],
            _ => vec![
                l.pick("gỡ lý do giữ (xem trên), rồi:", "mend the reason above, then:").to_owned(),
                step(&["release", code, "--by", name], "", ""),
            ],
        },
        State::Due if verdict.paused => vec![
            step(&["account", "probe", &row.account, "--by", name], "thử tài khoản", "try the account"),
            step(
                &["account", "resume", &row.account, "--by", name],
                "tốt thì cho chạy tiếp",
                "if good, go on",
            ),
        ],
        State::Planned | State::Due => {
            let reason = l.pick("LÝ-DO", "REASON");
            vec![step(&["hold", code, "--reason", reason, "--by", name], "giữ lại", "hold it")]
        }
        State::Sent if row.pending == 1 && (is_package(&row.kind) || row.family == "website") => {
            let words = ["done", code, "--link", "https://…", "--by", name];
            vec![step(&words, "khi họ đã đăng", "once it is published")]
        }
        State::Sent
            if row.family == "station"
                && (row.pending == 1 || row.afterwards.is_some() || sheet.is_some()) =>
        {
            let sheet = sheet.or(row.receipt.as_deref()).unwrap_or(code);
            let done = row.pending == 0 && row.afterwards.is_some();
            // The row that carries a sheet lists several items: all of it, or each by its number.
            let times = row.times.max(1).to_string();
            let carries = row.origin.starts_with("system/");
            let said: &[&str] = if carries { &["--all"] } else { &["--sessions", &times] };
            vec![step(
                &[&["aired", sheet], said, &["--by", name]].concat(),
                if done {
                    "khai lại nếu ghi nhầm"
                } else {
                    "khi đài báo đã phát (sửa số buổi)"
                },
                if done {
                    "declare again if it was wrong"
                } else {
                    "once the station says so (mind the number)"
                },
            )]
        }
        State::Leased | State::Sending => {
            vec![l.pick("đang gửi; xem lại sau", "under way; look again").to_owned()]
        }
        State::Sent | State::Cancelled | State::Expired => {
            vec![l.pick("không phải làm gì", "nothing").to_owned()]
        }
    }
}
