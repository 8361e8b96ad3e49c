//! What is advised about a question, and why: simple rules over what the ledger knows, said in words, never carried out.

use crate::domain::text::Lang;

/// What a question is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// Kind of the account.
    pub kind: &'a str,
    /// True if something urgent is among it.
    pub urgent: bool,
    /// Answered tries of the account around that time…
    pub tried: i64,
    /// …and how many of them were accepted.
    pub accepted: i64,
}

/// Tries around a question that say something about the far side.
const ENOUGH: i64 = 10;

/// The answer that is advised (`leave`, `sent`, `resend`), and why.
pub(super) fn advice(q: Asked<'_>, l: Lang) -> (&'static str, String) {
    match q.kind {
        "hand-over" | "press" | "station" => {
            return (
                "sent",
                l.pick("gọi nơi nhận hỏi, rồi sent hoặc resend", "ask the receiver, then sent or resend")
                    .into(),
            );
        }
        "wordpress" => {
            return (
                "sent",
                l.pick(
                    "Loa tự hỏi trang mỗi phút, trang chưa trả lời; mở trang xem, có thì sent, không thì resend",
                    "Loa asks the site every minute and has no answer; look at the site: sent or resend",
                )
                .into(),
            );
        }
        _ => {}
    }
    let percent = if q.tried > 0 { q.accepted * 100 / q.tried } else { 0 };
    let around = if q.tried >= ENOUGH {
        say!(
            l,
            "; quanh lúc ấy nơi nhận đã nhận {percent}% các lượt khác",
            "; around that time the far side accepted {percent}% of the others"
        )
    } else {
        String::new()
    };
    if q.urgent {
        let why = say!(
            l,
            "đề nghị: gửi lại, vì có tin khẩn: nhận hai lần còn hơn không nhận{around}",
            "advice: send again, something urgent is among it: twice is better than never{around}"
        );
        return ("resend", why);
    }
    // Nothing taken by a server at all says nothing of these.
    if q.tried >= ENOUGH && percent < 50 && q.accepted > 0 {
        let why = say!(
            l,
            "đề nghị: gửi lại, vì nhiều khả năng chưa nhận{around}",
            "advice: send again, it was probably not taken{around}"
        );
        return ("resend", why);
    }
    // Who may have it is not sent it twice for a guess; nor is a guess written down as a fact.
    let why = say!(
        l,
        "đề nghị: không gửi lại, ghi “không rõ”{around}",
        "advice: do not send again, close as “not known”{around}"
    );
    ("leave", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_advised_follows_from_what_is_known() {
        let q = |kind, urgent, tried, accepted| Asked { kind, urgent, tried, accepted };
        for (asked, want, says) in [
            (q("email", false, 0, 0), "leave", "ghi “không rõ”"),
            (q("email", false, 100, 98), "leave", "98%"),
            (q("email", false, 100, 10), "resend", "10%"),
            (q("email", false, 100, 0), "leave", "0%"),
            (q("email", false, 9, 0), "leave", "ghi “không rõ”"), // too few to say anything
            (q("email", true, 100, 98), "resend", "tin khẩn"),
            (q("zalo-bot", false, 40, 40), "leave", "100%"),
            (q("wordpress", true, 0, 0), "sent", "mở trang xem"),
            (q("hand-over", false, 0, 0), "sent", "gọi nơi nhận"),
        ] {
            let (answer, why) = advice(asked, Lang::Vi);
            assert!(answer == want && why.contains(says), "{asked:?}: {answer} {why}");
        }
        assert!(advice(q("email", false, 0, 0), Lang::En).1.starts_with("advice"));
    }
}
