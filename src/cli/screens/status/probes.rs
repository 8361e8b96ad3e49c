//! What Loa does by itself about a paused account: when it tries again, and what the last try said.

use super::super::show::Show;
use crate::cli::words;
use crate::domain::text::Lang;
use crate::store::{AccountState, ProbeRow};

/// The probe row of the pause an account is in, if it is tried at all.
pub(in crate::cli::screens) fn of<'a>(probes: &'a [ProbeRow], a: &AccountState) -> Option<&'a ProbeRow> {
    probes.iter().find(|p| p.account == a.account && Some(p.paused_at) == a.paused_at)
}

/// One sentence, with a blank before it; empty where Loa does not try by itself. `kind`: of the account that is really asked.
pub(in crate::cli::screens) fn say(
    show: &Show,
    kind: &str,
    a: &AccountState,
    p: Option<&ProbeRow>,
) -> String {
    let l = show.lang;
    let by_loa = a.paused_by.as_deref() == Some("loa");
    let Some(p) = p.filter(|_| by_loa) else { return String::new() };
    let next = show.at(p.next_at);
    let last = match (p.asked_at, p.found.as_deref()) {
        (Some(at), Some("good")) => {
            let at = show.at(at);
            say!(l, " (lần thử {at}: tốt)", " (tried {at}: good)")
        }
        (Some(at), Some(code)) => {
            let (at, why) =
                (show.at(at), words::cause_with(code, p.detail.as_deref().unwrap_or_default(), l));
            say!(l, " (lần thử {at}: {why})", " (tried {at}: {why})")
        }
        (_, _) => String::new(),
    };
    let proves = crate::dispatch::probe_proves(kind, a.cause_code.as_deref().unwrap_or_default());
    match (proves, l) {
        (true, Lang::Vi) => format!(" Loa tự thử lại lúc {next}, tốt thì tự chạy tiếp{last}."),
        (true, Lang::En) => {
            format!(" Loa tries again at {next} and goes on by itself if that is good{last}.")
        }
        (false, Lang::Vi) => {
            format!(
                " Loa tự thử kết nối lúc {next}{last}; kết nối tốt chưa đủ để tự chạy tiếp, cần người quyết định."
            )
        }
        (false, Lang::En) => format!(
            " Loa tries the connection at {next}{last}; a good connection is no proof here, a person must decide."
        ),
    }
}

/// What an operator does about a pause, before trying it: code, Vietnamese, English. Passwords and tokens are said with their file.
const TO_DO: &[(&str, &str, &str)] = &[
    (
        "ambiguous_answers",
        "trả lời các mục “chưa rõ”, xem đường truyền",
        "answer what is unknown, look at the line",
    ),
    ("certificate_untrusted", "xem lại server, ca_file trong loa.yaml", "mend server or ca_file in loa.yaml"),
    ("endpoint_gone", "hỏi bên nhận địa chỉ mới, sửa url", "ask the receiver for the new address, mend url"),
    ("login_not_offered", "hỏi quản trị máy chủ cách đăng nhập", "ask the server's people how to log in"),
    ("login_refused", "sửa mật khẩu", "mend the password"),
    ("no_rest_api", "nhờ quản trị trang mở REST API", "have the site's REST API switched on"),
    ("no_rights", "nhờ quản trị trang cấp quyền Biên tập", "have the login made an Editor of the site"),
    ("no_such_endpoint", "sửa url trong loa.yaml", "mend url in loa.yaml"),
    ("not_the_bot_api", "sửa api_url trong loa.yaml", "mend api_url in loa.yaml"),
    (
        "not_wordpress",
        "sửa url, hoặc hỏi quản trị trang (tường lửa)",
        "mend url, or ask the site's people (a firewall)",
    ),
    ("plaintext_refused", "đặt security: starttls hoặc tls", "set security: starttls or tls"),
    ("policy_refused", "hỏi nhà cung cấp thư vì sao chặn", "ask the mail provider why it blocks"),
    ("private_address", "nội bộ thì đặt allow_private: true", "if it is inside, set allow_private: true"),
    ("protocol_refused", "hỏi quản trị máy chủ thư", "ask the mail server's people"),
    ("redirected", "sửa url theo địa chỉ mới", "mend url: the address moved"),
    (
        "relay_denied",
        "hỏi quản trị máy chủ: đăng nhập, quyền gửi ra ngoài",
        "ask the server's people: login, relaying",
    ),
    (
        "sender_refused",
        "sửa from_address, hoặc xin quyền gửi bằng địa chỉ ấy",
        "mend from_address, or have it allowed",
    ),
    (
        "sender_unverified",
        "nhờ quản trị tên miền sửa SPF, DKIM, DMARC",
        "have SPF, DKIM, DMARC of the domain mended",
    ),
    ("server_misconfigured", "báo quản trị máy chủ thư", "tell the mail server's people"),
    (
        "server_refuses_us",
        "hỏi quản trị máy chủ vì sao chặn máy này",
        "ask the server's people why this host is blocked",
    ),
    (
        "slug_changed",
        "xem bài trên trang, hỏi quản trị trang",
        "look at the post on the site, ask its people",
    ),
    ("tls_failed", "xem lại server, port, security", "mend server, port, security"),
    (
        "tls_not_offered",
        "xem lại port, security; hỏi quản trị máy chủ",
        "mend port, security; ask the server's people",
    ),
    ("tls_required", "đặt security: starttls hoặc tls", "set security: starttls or tls"),
    ("token_refused", "thay mã truy cập", "replace the token"),
];

/// What an operator does about a pause of this cause; empty where only its words help.
pub(super) fn to_do(cause: &str, l: Lang) -> &'static str {
    TO_DO.iter().find(|(c, _, _)| *c == cause).map_or("", |(_, vi, en)| l.pick(vi, en))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pause_says_what_to_do_and_has_words() {
        for (code, vi, en) in TO_DO {
            assert!(words::known(code, Lang::Vi).is_some(), "{code}");
            // A command stands behind it: what looks like the end of one would be pasted with it.
            assert!(!vi.contains("   ") && !en.contains("   ") && vi != en, "{code}");
        }
        // The causes by which the mail classifier pauses an account, as its own source names them.
        let source = include_str!("../../../transport/email/classify.rs");
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let mut seen = 0;
        for part in source.split("broken(\"").skip(1) {
            let code = part.split('"').next().unwrap_or_default();
            assert_ne!(to_do(code, Lang::Vi), "", "{code}");
            seen += 1;
        }
        assert!(seen > 15, "only {seen} found");
    }
}
