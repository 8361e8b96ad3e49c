//! Causes and reasons as sentences of an operator: Vietnamese first, English beside it. A code nobody wrote a sentence for
//! is shown as it is; nothing is hidden.

use crate::domain::text::Lang;

/// What a far side answered, or Loa itself decided: stable code, Vietnamese, English.
const CAUSES: &[(&str, &str, &str)] = &[
    // Mail.
    ("address_malformed", "địa chỉ viết sai", "the address is malformed"),
    ("address_not_ascii", "địa chỉ có dấu, máy chủ thư không nhận", "the server takes no accented address"),
    ("allowance_used", "đã hết lượng thư được gửi trong ngày", "the day's allowance is used up"),
    ("answer_senseless", "nơi nhận trả lời không hiểu được", "the answer makes no sense"),
    ("attachment_cid", "ảnh trong thư đặt tên sai", "a picture of the mail has a wrong name"),
    ("attachment_unnamed", "tệp đính kèm không có tên", "an attachment has no name"),
    ("attachment_unreadable", "không đọc được tệp đính kèm", "an attachment cannot be read"),
    (
        "certificate_untrusted",
        "chứng chỉ của máy chủ không đáng tin",
        "the server's certificate is not trusted",
    ),
    ("connection_lost", "đứt mạng khi chờ trả lời", "the connection was lost while waiting for the answer"),
    ("content_empty", "thư không có nội dung", "the message is empty"),
    ("content_refused", "nơi nhận từ chối nội dung", "the content was refused"),
    ("greylisted", "máy chủ thư hẹn gửi lại sau", "greylisted: the server wants a later try"),
    ("host_unknown", "không có máy chủ nhận thư của địa chỉ này", "the address's mail server does not exist"),
    ("login_not_offered", "máy chủ không cho đăng nhập kiểu Loa dùng", "the server offers no usable login"),
    ("login_refused", "máy chủ từ chối mật khẩu", "the server refused the password"),
    ("login_unavailable", "máy chủ tạm không cho đăng nhập", "login is unavailable for now"),
    (
        "lost_after_data",
        "đứt mạng sau khi đã chuyển thư",
        "the connection was lost after the mail was handed over",
    ),
    ("mail_unbuildable", "không dựng được lá thư", "the mail cannot be built"),
    ("mailbox_disabled", "hộp thư đã bị khóa", "the mailbox is disabled"),
    ("mailbox_full", "hộp thư đầy", "the mailbox is full"),
    ("mailbox_unknown", "hộp thư không tồn tại", "the mailbox does not exist"),
    ("mark_left", "thư còn chỗ chưa điền", "the mail has an unfilled mark"),
    ("no_answer", "nơi nhận không trả lời", "no answer"),
    ("no_free_connection", "các đường nối đều bận", "every connection is busy"),
    ("opt_out_unusable", "đường dẫn từ chối nhận thư không dùng được", "the opt-out address cannot be used"),
    (
        "plaintext_refused",
        "đường nối không mã hóa, Loa không gửi",
        "the connection is not encrypted; Loa does not send",
    ),
    ("policy_refused", "máy chủ từ chối vì quy định của họ", "refused by the server's policy"),
    ("protocol_refused", "máy chủ không hiểu lệnh", "the server does not understand a command"),
    (
        "relay_denied",
        "máy chủ không chuyển thư ra ngoài cho tài khoản này",
        "the server does not relay for this account",
    ),
    ("mailbox_refuses", "hộp thư này không nhận", "this mailbox takes nothing"),
    (
        "sender_unverified",
        "nơi nhận không xác thực được tên miền gửi (SPF, DKIM, DMARC)",
        "the sending domain is not authenticated (SPF, DKIM, DMARC)",
    ),
    ("rate_limited", "nơi nhận báo gửi quá nhanh", "the far side says: too fast"),
    ("sender_malformed", "địa chỉ người gửi viết sai", "the sender's address is malformed"),
    ("sender_refused", "máy chủ không cho gửi bằng địa chỉ này", "the server refuses the sender's address"),
    ("server_busy", "máy chủ bận", "the server is busy"),
    ("server_misconfigured", "máy chủ thư bị lỗi cấu hình", "the mail server is misconfigured"),
    ("server_refuses_us", "máy chủ không nhận thư từ nơi này", "the server refuses this host"),
    ("server_unreachable", "không tới được máy chủ", "the server cannot be reached"),
    (
        "silent_after_data",
        "máy chủ im lặng sau khi đã chuyển thư",
        "the server fell silent after the mail was handed over",
    ),
    ("temporarily_refused", "máy chủ tạm từ chối", "refused for now"),
    ("tls_failed", "không lập được kết nối mã hóa", "no encrypted connection could be made"),
    ("tls_not_offered", "máy chủ không có kết nối mã hóa", "the server offers no encryption"),
    ("tls_required", "máy chủ đòi kết nối mã hóa", "the server requires encryption"),
    ("too_large", "quá dung lượng cho phép", "too large"),
    // Over HTTP: sites, bots, webhooks.
    ("bad_chat_id", "mã cuộc trò chuyện sai", "the chat id is wrong"),
    ("bad_receipt", "mã bài ở nơi nhận không đọc được", "the far side's id cannot be read"),
    ("blocked", "người nhận đã chặn bot", "the recipient blocked the bot"),
    ("busy", "nơi nhận đang bận", "the far side is busy"),
    ("chat_gone", "cuộc trò chuyện không còn", "the chat is gone"),
    ("chat_moved_twice", "nhóm trò chuyện chuyển chỗ nhiều lần", "the chat moved twice"),
    ("chat_refuses", "cuộc trò chuyện không nhận tin của bot", "the chat refuses the bot"),
    ("conflict", "bot đang bị một chương trình khác dùng", "another program uses the bot"),
    ("damaged_on_the_way", "tệp hỏng trên đường truyền", "a file was damaged on the way"),
    ("draft_vanished", "bản nháp trên trang đã bị xóa", "the draft vanished from the site"),
    (
        "two_drafts",
        "trên trang có hai bản nháp của tin này, chờ bản kia xong",
        "two drafts of this at the site: waiting for the other try",
    ),
    ("empty", "tin không có nội dung", "the message is empty"),
    ("endpoint_gone", "nơi nhận đã đóng địa chỉ này", "the endpoint is gone"),
    ("file_refused", "trang không nhận tệp", "the site refuses the file"),
    ("no_rest_api", "trang tắt giao diện đăng bài (REST API)", "the site's REST API is off"),
    ("no_rights", "tài khoản không đủ quyền đăng", "the account may not publish"),
    ("no_rights_in_chat", "bot không được quyền gửi trong nhóm", "the bot may not write in the chat"),
    ("no_such_endpoint", "địa chỉ tiếp nhận không có", "there is no such endpoint"),
    ("not_composed", "không dựng được nội dung để gửi", "the message cannot be composed"),
    ("not_connected", "không nối được tới nơi nhận", "no connection could be made"),
    ("not_json", "nơi nhận trả lời không đúng dạng", "the answer is not JSON"),
    ("not_supported", "kênh này không làm được việc đó", "this kind cannot do that"),
    ("not_the_bot_api", "địa chỉ cài đặt không phải máy chủ bot", "the address is not the bot API"),
    ("not_wordpress", "trang không phải WordPress", "the site is not WordPress"),
    ("out_of_time", "hết giờ khi đang làm việc với trang", "time ran out while talking to the site"),
    ("partly_sent", "mới gửi được một phần", "only a part was sent"),
    ("photo_too_large", "ảnh quá dung lượng cho phép", "the picture is too large"),
    ("document_too_large", "tệp quá dung lượng cho phép", "the file is too large"),
    ("picture_missing", "thiếu ảnh của bài", "a picture of the post is missing"),
    ("post_gone", "bài trên trang đã bị xóa", "the post is gone from the site"),
    (
        "private_address",
        "địa chỉ trỏ vào mạng nội bộ, Loa không mở",
        "the address is private; Loa does not open it",
    ),
    (
        "publish_unconfirmed",
        "không rõ trang đã đăng bài hay chưa",
        "it is not clear whether the site published",
    ),
    ("quota_exceeded", "đã hết số tin được gửi", "the quota is used up"),
    ("redirected", "địa chỉ bị chuyển hướng", "the address redirects"),
    ("refused", "nơi nhận từ chối", "the far side refuses"),
    ("refused_without_code", "nơi nhận từ chối, không nói lý do", "refused without a reason"),
    ("server_error", "máy chủ nơi nhận bị lỗi", "the far side's server failed"),
    ("silently_dropped", "trang bỏ mất một phần mà không báo", "the site silently dropped a part"),
    ("slow_down", "nơi nhận báo gửi chậm lại", "the far side says: slow down"),
    ("slug_changed", "trang đổi địa chỉ bài", "the site changed the slug"),
    ("slug_taken", "địa chỉ bài đã có trên trang", "the slug is taken on the site"),
    ("term_missing", "trang không có chuyên mục này", "the site lacks a category"),
    ("text_too_long", "nội dung quá dài", "the text is too long"),
    ("token_refused", "mã truy cập bị từ chối", "the token was refused"),
    ("too_many_requests", "nơi nhận báo gửi quá nhanh", "too many requests"),
    ("trashed_at_site", "bài đã bị bỏ vào thùng rác của trang", "the post lies in the site's trash"),
    ("unreadable_answer", "không đọc được câu trả lời", "the answer cannot be read"),
    // Sandbox and scripted accounts.
    ("outbox", "không ghi được vào hộp thử", "the outbox cannot be written"),
    ("sink", "không ghi được tệp nhận thử", "the sink cannot be written"),
    ("scripted_broken", "tài khoản thử: hỏng theo kịch bản", "scripted: broken"),
    ("scripted_content", "tài khoản thử: từ chối nội dung", "scripted: content refused"),
    ("scripted_recipient", "tài khoản thử: không có người nhận", "scripted: recipient gone"),
    ("scripted_retry", "tài khoản thử: hẹn gửi lại", "scripted: try again"),
    ("scripted_throttle", "tài khoản thử: báo gửi chậm lại", "scripted: slow down"),
    ("scripted_unknown", "tài khoản thử: không rõ", "scripted: unknown"),
    // Loa's own.
    ("account_paused", "tài khoản đang dừng", "the account is paused"),
    (
        "ambiguous_answers",
        "nhiều lần liền không rõ đã đi hay chưa",
        "several answers in a row were ambiguous",
    ),
    ("bad_setting", "cài đặt tài khoản trong loa.yaml sai", "a setting of the account in loa.yaml is wrong"),
    ("carrier_unusable", "tài khoản nó mượn chưa dùng được", "the account it borrows cannot be used"),
    ("no_secret", "thiếu mật khẩu hoặc mã truy cập", "its password or token is missing"),
    ("found", "đã hỏi lại: nơi nhận có bài", "asked again: the far side has it"),
    ("interrupted", "máy dừng đúng lúc đang gửi", "the machine stopped in the middle of sending"),
    ("no_address", "nơi nhận chưa có địa chỉ", "the target has no address"),
    ("no_file", "thiếu tệp đã duyệt của bài", "an approved file of the post is missing"),
    (
        "no_opt_out",
        "chưa đặt public_url nên thư không có chỗ từ chối nhận",
        "public_url is not set: the mail would have no opt-out",
    ),
    (
        "no_public_url",
        "chưa đặt public_url nên Zalo không có chỗ lấy ảnh",
        "public_url is not set: Zalo cannot fetch the picture",
    ),
    ("no_rendition", "bài chưa có bản dựng cho kênh này", "the post has no rendition for this kind"),
    ("not_found", "đã hỏi lại: nơi nhận không có, gửi lại", "asked again: the far side does not have it"),
    ("on_unknown_resend", "không rõ, gửi lại theo cài đặt", "unknown, sent again by the account's rule"),
    ("left_list", "không còn trong danh sách nhận", "no longer on the list"),
    ("address_dead", "hộp thư hoặc tài khoản đã được báo không còn", "the address was reported gone"),
    ("erased", "thông tin người nhận đã xóa theo yêu cầu", "the person's data was erased on request"),
    (
        "no_open_session",
        "trong khoảng ngày của bài, đài không còn buổi phát nào (ngày nghỉ, cuối tuần, hoặc không có buổi ấy)",
        "the station has no open session left in the post's window (days off, weekend, or no such session)",
    ),
    ("opted_out", "người nhận đã từ chối nhận", "the recipient opted out"),
    ("paused_by_person", "người trực cho dừng", "paused by a person"),
    ("person", "người trực giữ lại", "held by a person"),
    ("plan", "đổi kế hoạch", "the plan changed"),
    ("quiet_hours", "ngoài giờ được nhắn cho người dân", "quiet hours"),
    ("released", "đã bỏ giữ", "released"),
    ("repeat_is_harmless", "gửi lại không gây trùng", "a repeat is harmless"),
    ("resolved_not_sent", "người trực xác nhận: chưa gửi", "a person said: not sent"),
    ("resolved_resend", "người trực cho gửi lại", "a person said: send again"),
    ("resolved_sent", "người trực xác nhận: đã nhận", "a person said: received"),
    ("restored", "sổ cái vừa khôi phục từ bản sao lưu", "the ledger was restored from a backup"),
    ("retry_by_person", "người trực cho gửi lại", "a person wants another try"),
    (
        "script_too_long",
        "bài đọc dài hơn phần thời lượng mỗi buổi của đài (phut_cua_so): rút gọn loa.md",
        "the script is longer than the station's share of a session (phut_cua_so): shorten loa.md",
    ),
    (
        "sheet_frame",
        "mẫu phiếu phát thanh sai hoặc không in đủ lời đọc, chưa làm phiếu: sửa templates/script (lệnh check nói chỗ nào); Loa tự làm lại",
        "the sheet's template is wrong or does not print all lines, no sheet is made: mend templates/script, which check names",
    ),
    (
        "station_full",
        "các bài khác đã dùng hết phần thời lượng của đài trong tuần: bớt times hoặc rút gọn",
        "other posts use up the station's share of the week: fewer times, or shorter scripts",
    ),
    ("too_late", "quá giờ còn ích", "too late to be useful"),
    ("blackout_missed", "lỡ vì đợt ngừng phát", "missed because of a blackout"),
];

/// Reasons of the gate: word, Vietnamese, English.
const REASONS: &[(&str, &str, &str)] = &[
    ("unapproved", "chưa duyệt", "not approved"),
    (
        "facts",
        "thông tin hết hiệu lực hoặc lâu chưa kiểm tra (F007)",
        "a fact is no longer valid or not checked lately (F007)",
    ),
    (
        "kit",
        "tư liệu của bài không còn như lúc duyệt: bản gốc đã đổi, tệp bị sửa hoặc đã ghim bản khác (A009)",
        "an asset is not what was approved: its original changed, the file was altered, or another one is pinned (A009)",
    ),
    ("hold", "người trực giữ lại", "held by a person"),
    ("blackout", "đợt ngừng phát", "blackout"),
    (
        "grown",
        "danh sách đông hơn lúc duyệt, phải duyệt lại",
        "the list has grown since approval; approve again",
    ),
    ("stopped", "bài có lỗi", "the post has a fault"),
    (
        "content_stopped",
        "nơi nhận từ chối nội dung nhiều lần liền",
        "its content was refused several times in a row",
    ),
];

fn find(table: &[(&str, &'static str, &'static str)], code: &str, lang: Lang) -> Option<&'static str> {
    table.iter().find(|(c, _, _)| *c == code).map(|(_, vi, en)| lang.pick(vi, en))
}

/// The sentence of a cause, if there is one.
pub fn known(code: &str, lang: Lang) -> Option<&'static str> {
    find(CAUSES, code, lang).or_else(|| find(REASONS, code, lang))
}

/// The sentence of a cause; a code without one is shown as it is.
pub fn cause(code: &str, lang: Lang) -> String {
    known(code, lang).map_or_else(|| code.to_owned(), str::to_owned)
}

/// The sentence of a reason of the gate, or of a row that was set aside.
pub fn reason(word: &str, lang: Lang) -> String {
    find(REASONS, word, lang)
        .or_else(|| find(CAUSES, word, lang))
        .map_or_else(|| word.to_owned(), str::to_owned)
}

/// The number a far side's answer begins with: `550 5.1.1`, `429`, `-216`. Empty if it does not begin with one.
pub fn number_of(detail: &str) -> &str {
    let digits = |w: &str| {
        let w = w.trim_start_matches('-').trim_end_matches([':', ',', '.']);
        !w.is_empty() && w.len() <= 6 && w.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    };
    let mut words = detail.split(' ');
    let Some(first) = words.next().filter(|w| digits(w)) else { return "" };
    let second = words.next().filter(|w| digits(w) && w.contains('.'));
    let end = first.len() + second.map_or(0, |s| s.len() + 1);
    detail[..end].trim_end_matches([':', ',', '.'])
}

/// The sentence with the answer's number behind it: `hộp thư không tồn tại (550 5.1.1)`. Without a sentence: the code and
/// the raw text.
pub fn cause_with(code: &str, detail: &str, lang: Lang) -> String {
    match known(code, lang) {
        // What it is about is the useful half: which file, which account.
        Some(s)
            if matches!(code, "no_secret" | "carrier_unusable" | "blackout_missed") && !detail.is_empty() =>
        {
            format!("{s} ({detail})")
        }
        Some(s) => match number_of(detail) {
            "" => s.to_owned(),
            n => format!("{s} ({n})"),
        },
        None if detail.is_empty() => code.to_owned(),
        None => format!("{code}: {detail}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn a_row_without_room_says_why() {
        for why in crate::store::NO_ROOM {
            assert_ne!(reason(why, Lang::Vi), why);
        }
        assert!(reason("script_too_long", Lang::Vi).contains("phut_cua_so"));
    }

    /// The first string literal of calls like `cause("x", …)`, outside test modules.
    fn codes_of(source: &str) -> BTreeSet<String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or("");
        let mut out = BTreeSet::new();
        for call in ["Cause::new(", "cause(", "broken(", "recipient(", "content(", "retry(", "unknown("] {
            for (at, _) in source.match_indices(call) {
                let rest = source[at + call.len()..].trim_start();
                if let Some(rest) = rest.strip_prefix('"')
                    && let Some(end) = rest.find('"')
                    && end > 0
                    && rest[..end].bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
                {
                    out.insert(rest[..end].to_owned());
                }
            }
        }
        out
    }

    fn walk(dir: &Path, out: &mut Vec<(String, String)>) {
        for e in std::fs::read_dir(dir).unwrap() {
            let path = e.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if !path.ends_with("tests.rs") && !path.ends_with("tests_support.rs") {
                out.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn every_cause_of_a_transport_has_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        walk(&root.join("src/transport"), &mut files);
        walk(&root.join("src/dispatch"), &mut files);
        let mut missing = Vec::new();
        let mut seen = 0;
        for (file, source) in &files {
            for code in codes_of(source) {
                seen += 1;
                if known(&code, Lang::Vi).is_none() {
                    missing.push(format!("{file}: {code}"));
                }
            }
        }
        assert!(seen > 60, "the walk found only {seen} codes");
        assert_eq!(missing, Vec::<String>::new());
    }

    #[test]
    fn every_cause_of_the_documents_has_words() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = Vec::new();
        walk(&root.join("docs/channels"), &mut files);
        let mut missing = BTreeSet::new();
        for (_, text) in &files {
            // The last column of the tables whose header names `cause.code`.
            let mut in_table = false;
            for line in text.lines() {
                if !line.starts_with('|') {
                    in_table = false;
                    continue;
                }
                in_table |= line.contains("`cause.code`");
                let last = line.trim_end_matches('|').rsplit('|').next().unwrap_or("");
                if in_table && !line.contains("`cause.code`") {
                    for code in last.split('`').skip(1).step_by(2) {
                        if known(code, Lang::Vi).is_none() {
                            missing.insert(code.to_owned());
                        }
                    }
                }
            }
        }
        assert_eq!(missing, BTreeSet::new());
    }

    #[test]
    fn the_walk_can_fail() {
        let found = codes_of(
            "broken(\"login_refused\", x); Cause::new(\n \"made_up\", y) #[cfg(test)] cause(\"no\")",
        );
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["login_refused", "made_up"]);
    }

    #[test]
    fn codes_stand_once_and_both_languages_say_something() {
        let mut seen = BTreeSet::new();
        for (code, vi, en) in CAUSES.iter().chain(REASONS) {
            assert!(seen.insert(*code), "{code} twice");
            assert!(!vi.is_empty() && !en.is_empty() && vi != en, "{code}");
        }
    }

    #[test]
    fn the_number_of_an_answer() {
        for (detail, want) in [
            ("550 5.1.1 no such user", "550 5.1.1"),
            ("429 Too Many Requests", "429"),
            ("-216: x", "-216"),
            ("535: bad", "535"),
            ("Forbidden: bot was blocked", ""),
            ("", ""),
        ] {
            assert_eq!(number_of(detail), want, "{detail}");
        }
        assert_eq!(
            cause_with("mailbox_unknown", "550 5.1.1 x", Lang::Vi),
            "hộp thư không tồn tại (550 5.1.1)"
        );
        assert_eq!(cause_with("strange", "550 x", Lang::Vi), "strange: 550 x");
    }
}
