//! Makes the bytes of a mail from an outbound message: what is sent is what the outbox shows.
//!
//! Deterministic: the same message gives the same bytes (boundaries and Message-ID come from the wire key). No text of
//! an author, a list or a kit can add a header, and no mail leaves with a mark of Loa still in it.

use lettre::Address;
use lettre::message::header::{
    ContentDisposition, ContentId, ContentTransferEncoding, ContentType, HeaderName, HeaderValue,
};
use lettre::message::{Body, Mailbox, Message, MultiPart, SinglePart};

use super::encode::{MarkLeft, Memo, base64_text};
use super::settings::Settings;
use crate::domain::id::WireKey;
use crate::domain::message::{Blob, OptOut, Outbound, Role};
use crate::domain::outcome::{Cause, Fault};
use crate::domain::text::clean_line;

/// What every mark of a rendition begins with.
pub(super) const MARK: &str = "@@LOA-";

/// A mail ready for the wire.
#[derive(Debug)]
pub(super) struct Mail {
    /// Return path.
    pub(super) from: Address,
    /// The one recipient.
    pub(super) to: Address,
    /// RFC 5322 text, lines end in CRLF, ASCII unless the recipient's own address is not.
    pub(super) bytes: Vec<u8>,
    /// With its angle brackets.
    pub(super) message_id: String,
}

impl Mail {
    /// True if the recipient's name before the `@` is not ASCII (RFC 6531); domains are put into ASCII form.
    pub(super) fn needs_smtputf8(&self) -> bool {
        !self.to.user().is_ascii()
    }
}

/// A part of a mail: a leaf or a container.
enum Part {
    Single(SinglePart),
    Multi(MultiPart),
}

/// Why a mail cannot be composed, and what that says about recipient or content.
pub(super) type Refusal = (Fault, Cause);

/// Reads one bare address. The domain is put into its ASCII form, so that a Vietnamese domain name needs nothing of
/// the server.
///
/// # Errors
/// A few words saying what is wrong; never the address.
pub(super) fn address(s: &str) -> Result<Address, &'static str> {
    if s.chars()
        .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';' | '"' | '\\'))
    {
        return Err("it holds a character that no address has");
    }
    if s.len() > 254 {
        return Err("it is longer than 254 characters (RFC 5321)");
    }
    let (user, domain) = s.rsplit_once('@').ok_or("it has no @")?;
    let ascii = if domain.is_ascii() { Ok(domain.to_owned()) } else { ascii_domain(domain) };
    Address::new(user, ascii?).map_err(|_| "it is not of the form name@domain")
}

fn ascii_domain(domain: &str) -> Result<String, &'static str> {
    let not = "its domain is not a domain name";
    if domain.contains(['/', ':', '?', '#', '%', '[', ']']) {
        return Err(not);
    }
    let url = reqwest::Url::parse(&format!("http://{domain}/")).map_err(|_| not)?;
    url.host_str().map(str::to_owned).ok_or(not)
}

/// One line without control characters: a title or a name as it may stand in a header.
fn one_line(s: &str) -> String {
    let plain: String = s
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A header whose value is ASCII of our own making.
fn plain(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn text_part(memo: &Memo, of: &str, text: &str, kind: ContentType) -> Result<Part, MarkLeft> {
    // In Vietnamese about every third byte is outside ASCII: where more than a sixth must be escaped, base64 is shorter than
    // quoted-printable. Never 7bit, so that no body can hold a boundary or a line that is too long.
    let escaped: usize = text.as_bytes().chunks(255).map(|c| usize::from(escaped(c))).sum();
    let (bytes, encoding) = if escaped * 6 > text.len() {
        if text.contains(MARK) {
            return Err(MarkLeft);
        }
        (base64_text(text), ContentTransferEncoding::Base64)
    } else {
        (memo.quoted(of, text)?, ContentTransferEncoding::QuotedPrintable)
    };
    let part = SinglePart::builder().header(kind);
    Ok(Part::Single(part.body(Body::dangerous_pre_encoded(bytes, encoding))))
}

/// How many of at most 255 bytes quoted-printable must escape; in bytes, so that a processor counts many at once.
fn escaped(bytes: &[u8]) -> u8 {
    bytes.iter().map(|b| u8::from(*b >= 0x80 || *b == b'=')).sum()
}

fn media_type(mime: &str) -> ContentType {
    let token = |s: &str| {
        !s.is_empty()
            && s.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'+' | b'_'))
    };
    let safe = match mime.split_once('/') {
        // RFC 2046 §5: these may not be encoded as a file is.
        Some(("multipart" | "message", _)) | None => None,
        Some((kind, sub)) if token(kind) && token(sub) => ContentType::parse(mime).ok(),
        Some(_) => None,
    };
    safe.unwrap_or_else(|| ContentType::parse("application/octet-stream").unwrap_or(ContentType::TEXT_PLAIN))
}

fn file_part(blob: &Blob, encoded: &[u8], inline: bool) -> Result<Part, Cause> {
    let name = one_line(&blob.meta.name).replace(['/', '\\'], "_");
    if name.is_empty() {
        return Err(Cause::new("attachment_unnamed", "an attachment has no file name"));
    }
    let body = Body::dangerous_pre_encoded(encoded.to_vec(), ContentTransferEncoding::Base64);
    let part = SinglePart::builder().header(media_type(&blob.meta.mime));
    let part = if inline {
        let cid = &blob.meta.cid;
        if !is_cid(cid) {
            return Err(Cause::new("attachment_cid", "a picture's content id is not usable"));
        }
        part.header(ContentId::from(format!("<{cid}>"))).header(ContentDisposition::inline_with_name(&name))
    } else {
        part.header(ContentDisposition::attachment(&name))
    };
    Ok(Part::Single(part.body(body)))
}

fn is_cid(cid: &str) -> bool {
    !cid.is_empty()
        && cid.len() <= 200
        && cid.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@' | b'+'))
}

/// True if the HTML shows this content id: it is followed by nothing that could belong to a longer one.
fn shows(html: &str, cid: &str) -> bool {
    let mark = format!("cid:{cid}");
    html.match_indices(&mark).any(|(at, m)| {
        html[at + m.len()..]
            .chars()
            .next()
            .is_none_or(|c| !(c.is_ascii_alphanumeric() || "-_.@+".contains(c)))
    })
}

/// Puts parts into one container; a single part stands alone.
fn bundle(kind: MultiPart, mut parts: Vec<Part>) -> Part {
    if parts.len() == 1 {
        return parts.remove(0);
    }
    Part::Multi(parts.into_iter().fold(kind, |m, p| match p {
        Part::Single(p) => m.singlepart(p),
        Part::Multi(p) => m.multipart(p),
    }))
}

/// text and HTML, then pictures the HTML shows, then files: `mixed(related(alternative(text, html), pictures), files)`,
/// without the layers that would hold one part.
fn body(memo: &Memo, msg: &Outbound) -> Result<Part, Cause> {
    let r = &*msg.body;
    let of = |part: &str| format!("{} {part}", msg.origin);
    let left = |MarkLeft| mark_left();
    // "=_" occurs in neither base64 nor quoted-printable (RFC 2045 §6.7), so no body can end a part.
    let edge = |n: u8| format!("=_loa{n}_{}", msg.key.hex());
    let mut inline = vec![];
    let mut files = vec![];
    for (blob, encoded) in msg.blobs.iter().zip(memo.files(&msg.blobs).iter()) {
        let shown = r.html.as_deref().is_some_and(|h| shows(h, &blob.meta.cid));
        match blob.meta.role {
            // A picture that the text does not show would be lost inside `related`: it goes along as a file.
            Role::Featured | Role::Inline if shown => inline.push(file_part(blob, encoded, true)?),
            Role::Featured | Role::Inline | Role::File => files.push(file_part(blob, encoded, false)?),
        }
    }
    let mut texts = vec![text_part(memo, &of("text"), &r.text, ContentType::TEXT_PLAIN).map_err(left)?];
    if let Some(html) = &r.html {
        texts.push(text_part(memo, &of("html"), html, ContentType::TEXT_HTML).map_err(left)?);
    }
    let mut shown = vec![bundle(MultiPart::alternative().boundary(edge(1)).build(), texts)];
    shown.append(&mut inline);
    let mut all = vec![bundle(MultiPart::related().boundary(edge(2)).build(), shown)];
    all.append(&mut files);
    Ok(bundle(MultiPart::mixed().boundary(edge(3)).build(), all))
}

/// The headers by which a person leaves a list with one click (RFC 2369, RFC 2919, RFC 8058) and by which machines
/// know not to answer (RFC 3834).
fn bulk(out: &OptOut, s: &Settings, key: &WireKey) -> Result<Vec<HeaderValue>, Cause> {
    let bad = |says: &str| Cause::new("opt_out_unusable", says);
    let uri = |u: &str| u.len() <= 900 && u.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"\\,".contains(&b));
    let https = out.url.starts_with("https://");
    if !(https || out.url.starts_with("http://")) || !uri(&out.url) {
        return Err(bad("the opt-out address is not a web address"));
    }
    let mailto = match (&out.mailto, &s.unsubscribe_mailto) {
        (Some(m), _) => Some(format!("mailto:{}", m.strip_prefix("mailto:").unwrap_or(m))),
        (None, Some(a)) => Some(format!("mailto:{a}?subject=unsubscribe%20{}", key.hex())),
        (None, None) => None,
    };
    if mailto.as_deref().is_some_and(|m| !uri(m)) {
        return Err(bad("the opt-out mail address is not usable"));
    }
    let list = &out.list_id;
    if list.is_empty()
        || list.len() > 200
        || !list.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    {
        return Err(bad("the list id is not usable"));
    }
    let mut uris = format!("<{}>", out.url);
    if let Some(m) = mailto {
        uris.push_str(&format!(",\r\n <{m}>"));
    }
    let name = HeaderName::new_from_ascii_str("List-Unsubscribe");
    // Folded by us: an encoder that breaks or encodes a long address would break the link.
    let mut headers = vec![HeaderValue::dangerous_new_pre_encoded(name, uris.clone(), uris)];
    if https {
        headers.push(plain("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    headers.push(plain("List-Id", &format!("<{list}>")));
    headers.push(plain("Precedence", "bulk"));
    headers.push(plain("Auto-Submitted", "auto-generated"));
    headers.push(plain("X-Auto-Response-Suppress", "All"));
    Ok(headers)
}

fn mark_left() -> Cause {
    Cause::new("mark_left", "a place for the recipient's own data was not filled in")
}

/// Makes the mail.
///
/// # Errors
/// What is wrong with the recipient's address or with the content.
pub(super) fn compose(s: &Settings, memo: &Memo, msg: &Outbound) -> Result<Mail, Refusal> {
    let content = |cause: Cause| (Fault::Content, cause);
    let to = address(&msg.to.value).map_err(|why| {
        (Fault::Unreachable, Cause::new("address_malformed", format!("the address is wrong: {why}")))
    })?;
    let r = &*msg.body;
    if r.title.contains(MARK) {
        return Err(content(mark_left()));
    }
    if one_line(&r.title).is_empty() || r.text.trim().is_empty() {
        return Err(content(Cause::new("content_empty", "the subject or the text part is empty")));
    }
    let return_path = address(&s.envelope_from.replace("{key}", &msg.key.hex()))
        .map_err(|why| content(Cause::new("sender_malformed", why)))?;
    let name = |n: &Option<String>| n.as_deref().map(clean_line).filter(|n| !n.is_empty());
    let message_id = msg.key.message_id(&s.message_id_domain);
    let mut mail = Message::builder()
        .from(Mailbox::new(name(&s.from_name), s.from.clone()))
        .to(Mailbox::new(name(&msg.to.name), to.clone()))
        .subject(one_line(&r.title))
        .date(msg.now.into())
        .message_id(Some(message_id.clone()))
        .raw_header(plain("Content-Language", "vi"));
    if let Some(reply_to) = &s.reply_to {
        mail = mail.reply_to(Mailbox::new(None, reply_to.clone()));
    }
    if let Some(out) = &msg.opt_out {
        for header in bulk(out, s, &msg.key).map_err(content)? {
            mail = mail.raw_header(header);
        }
    }
    let built = match body(memo, msg).map_err(content)? {
        Part::Single(part) => mail.singlepart(part),
        Part::Multi(part) => mail.multipart(part),
    };
    let built = built.map_err(|e| content(Cause::new("mail_unbuildable", e.to_string())))?;
    Ok(Mail { from: return_path, to, bytes: built.formatted(), message_id })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::id::Origin;
    use crate::domain::message::{Address as Target, Attachment, Rendition};
    use chrono::{TimeZone, Utc};
    use serde_json::json;

    fn settings() -> Settings {
        Settings::read(&json!({
            "server": "mail.example", "from_address": "truyenthong@sovhttdl.example",
            "from_name": "Sở Văn hóa, Thể thao và Du lịch", "reply_to": "hoi-dap@sovhttdl.example",
            "envelope_from": "bounce+{key}@sovhttdl.example", "unsubscribe_mailto": "huy@sovhttdl.example",
        }))
        .unwrap()
    }

    fn rendition(title: &str, text: &str, html: Option<&str>) -> Rendition {
        Rendition {
            voice: crate::domain::message::Voice::Mail,
            kind: "email".into(),
            title: title.into(),
            lead: String::new(),
            text: text.into(),
            html: html.map(Into::into),
            parts: vec![],
            attachments: vec![],
            slug: String::new(),
            link: None,
            categories: vec![],
            tags: vec![],
            seconds: None,
            album: 0,
        }
    }

    fn blob(role: Role, name: &str, mime: &str, cid: &str) -> Blob {
        let bytes: Arc<[u8]> = Arc::from(&b"\x89PNG\r\n.\r\n"[..]);
        let meta = Attachment {
            role,
            name: name.into(),
            mime: mime.into(),
            sha256: "0".repeat(64),
            bytes: bytes.len() as u64,
            cid: cid.into(),
            alt: String::new(),
            caption: None,
            url: None,
        };
        Blob { meta, bytes }
    }

    fn outbound(body: Rendition, blobs: Vec<Blob>) -> Outbound {
        Outbound {
            key: WireKey::new(&Origin::stored("ten-mien-vn/p"), "email-ds", "1", "contact/7"),
            attempt: 1,
            to: Target { value: "ba.ngoai@cho.example".into(), name: Some("Bà Ngoại, tổ 3".into()) },
            body: Arc::new(body),
            blobs: blobs.into(),
            opt_out: None,
            as_draft: false,
            origin: "ten-mien-vn/p".into(),
            now: Utc.with_ymd_and_hms(2026, 11, 30, 1, 2, 3).unwrap(),
        }
    }

    fn opt_out() -> OptOut {
        OptOut {
            url: "https://loa.example/u/abc".into(),
            mailto: None,
            list_id: "ds.sovhttdl.example".into(),
        }
    }

    fn text_of(msg: &Outbound) -> String {
        String::from_utf8(compose(&settings(), &Memo::default(), msg).unwrap().bytes).unwrap()
    }

    /// Header names of the outermost block, unfolded.
    fn names(mail: &str) -> Vec<String> {
        let head = mail.split("\r\n\r\n").next().unwrap();
        head.split("\r\n")
            .filter(|l| !l.starts_with([' ', '\t']))
            .map(|l| l.split_once(':').unwrap_or((l, "")).0.to_owned())
            .collect()
    }

    const PLAIN: &[&str] = &[
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "Content-Language",
        "Reply-To",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    ];

    #[test]
    fn a_mail_is_the_same_each_time_and_names_its_sender() {
        let msg = outbound(rendition("Tên miền .vn", "Chào bà", Some("<p>Chào bà</p>")), vec![]);
        let (one, two) = (text_of(&msg), text_of(&msg));
        assert_eq!(one, two);
        assert!(one.is_ascii());
        assert!(one.contains("\r\nDate: Mon, 30 Nov 2026 01:02:03 +0000\r\n"), "{one}");
        assert!(one.contains(&format!("Message-ID: <{}@sovhttdl.example>\r\n", msg.key.hex())), "{one}");
        assert!(one.contains("Reply-To: hoi-dap@sovhttdl.example\r\n"));
        assert!(!one.contains("List-Unsubscribe") && !one.contains("Precedence"));
        let mail = compose(&settings(), &Memo::default(), &msg).unwrap();
        assert_eq!(mail.from.to_string(), format!("bounce+{}@sovhttdl.example", msg.key.hex()));
    }

    #[test]
    fn layers_are_there_only_if_they_hold_something() {
        let html = "<p><img src=\"cid:bia@loa\"></p>";
        let kinds = |msg: &Outbound| -> Vec<String> {
            text_of(msg)
                .lines()
                .filter_map(|l| l.strip_prefix("Content-Type: "))
                .map(|l| l.split(';').next().unwrap().to_owned())
                .collect()
        };
        assert_eq!(kinds(&outbound(rendition("T", "Chào", None), vec![])), ["text/plain"]);
        let both = outbound(rendition("T", "Chào", Some(html)), vec![]);
        assert_eq!(kinds(&both), ["multipart/alternative", "text/plain", "text/html"]);
        let shown = blob(Role::Featured, "bia.png", "image/png", "bia@loa");
        let all = outbound(
            rendition("T", "Chào", Some(html)),
            vec![
                shown.clone(),
                blob(Role::File, "to-roi.pdf", "application/pdf", "x"),
                // Not shown by the text: goes along as a file. `bia` alone is another picture than `bia@loa`.
                blob(Role::Inline, "khac.png", "image/png", "bia"),
            ],
        );
        assert_eq!(
            kinds(&all),
            [
                "multipart/mixed",
                "multipart/related",
                "multipart/alternative",
                "text/plain",
                "text/html",
                "image/png",
                "application/pdf",
                "image/png"
            ]
        );
        let mail = text_of(&all);
        assert!(mail.contains("Content-ID: <bia@loa>\r\n") && mail.matches("Content-ID").count() == 1);
        assert_eq!(mail.matches("Content-Disposition: attachment").count(), 2);
        assert_eq!(
            kinds(&outbound(rendition("T", "Chào", None), vec![shown])),
            ["multipart/mixed", "text/plain", "image/png"]
        );
    }

    #[test]
    fn a_list_can_be_left_with_one_click() {
        let mut msg = outbound(rendition("T", "Chào", None), vec![]);
        msg.opt_out = Some(opt_out());
        let mail = text_of(&msg);
        let wanted = format!(
            "List-Unsubscribe: <https://loa.example/u/abc>,\r\n <mailto:huy@sovhttdl.example?subject=unsubscribe%20{}>\r\n",
            msg.key.hex()
        );
        assert!(mail.contains(&wanted), "{mail}");
        for line in [
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
            "List-Id: <ds.sovhttdl.example>",
            "Precedence: bulk",
            "Auto-Submitted: auto-generated",
            "X-Auto-Response-Suppress: All",
            "Content-Language: vi",
        ] {
            assert!(mail.contains(&format!("\r\n{line}\r\n")), "{line}\n{mail}");
        }
        // One click needs https (RFC 8058 §3.1).
        msg.opt_out = Some(OptOut { url: "http://127.0.0.1:8080/u/abc".into(), ..opt_out() });
        assert!(!text_of(&msg).contains("List-Unsubscribe-Post"));
        for (url, list_id) in
            [("javascript:x", "a.b"), ("https://a>\r\nBcc: x@y", "a.b"), ("https://a", "a>\r\nBcc: x")]
        {
            msg.opt_out = Some(OptOut { url: url.into(), mailto: None, list_id: list_id.into() });
            assert_eq!(compose(&settings(), &Memo::default(), &msg).unwrap_err().1.code, "opt_out_unusable");
        }
    }

    #[test]
    fn a_mail_that_is_not_ready_does_not_leave() {
        let fault = |r: Rendition| {
            let (fault, cause) = compose(&settings(), &Memo::default(), &outbound(r, vec![])).unwrap_err();
            assert_eq!(fault, Fault::Content);
            cause.code
        };
        use crate::domain::message::{MARK_CODE, MARK_NAME, MARK_OPT_OUT_URL};
        assert_eq!(fault(rendition(MARK_CODE, "a", None)), "mark_left");
        assert_eq!(fault(rendition("a", MARK_NAME, None)), "mark_left");
        assert_eq!(fault(rendition("a", "b", Some(MARK_OPT_OUT_URL))), "mark_left");
        assert_eq!(fault(rendition(" \n", "b", None)), "content_empty");
        assert_eq!(fault(rendition("a", " ", None)), "content_empty");
        for bad in [
            "",
            "x",
            "a@",
            "@b.example",
            "a b@c.example",
            "a@b.example, c@d.example",
            "<a@b.example>",
            "a@b\r\nRSET",
        ] {
            let mut msg = outbound(rendition("a", "b", None), vec![]);
            msg.to.value = bad.into();
            let (fault, cause) = compose(&settings(), &Memo::default(), &msg).unwrap_err();
            assert_eq!((fault, cause.code.as_str()), (Fault::Unreachable, "address_malformed"), "{bad:?}");
            assert!(bad.is_empty() || bad.len() < 3 || !cause.detail.contains(bad));
        }
    }

    #[test]
    fn a_title_and_a_file_name_are_one_line_each() {
        let file = blob(Role::File, "to\r\nroi/../x.pdf", "application/pdf", "c");
        let mail = text_of(&outbound(rendition("Moi\r\nBcc: x@y.example", "b", None), vec![file]));
        assert!(mail.contains("\r\nSubject: Moi Bcc: x@y.example\r\n"), "{mail}");
        assert!(mail.contains("filename=\"to roi_.._x.pdf\"\r\n"), "{mail}");
    }

    #[test]
    fn a_vietnamese_domain_needs_nothing_of_the_server() {
        assert_eq!(address("so@tiếngviệt.vn").unwrap().to_string(), "so@xn--tingvit-5t4cyc.vn");
        assert!(address("so@tiếng/việt.vn").is_err());
        assert!(
            compose(&settings(), &Memo::default(), &outbound(rendition("a", "b", None), vec![]))
                .is_ok_and(|m| !m.needs_smtputf8())
        );
    }

    fn hostile() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let piece = prop_oneof![
            Just("\r\nBcc: nan-nhan@cho.example\r\n\r\n<b>".to_owned()),
            Just("\n.\r\nMAIL FROM:<x@y>".to_owned()),
            Just("\r".to_owned()),
            Just("\u{0}\u{85}\u{2028}".to_owned()),
            Just("\"; filename=x\r\nX: y".to_owned()),
            Just("--=_loa1_".to_owned()),
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..6).prop_map(|v| v.concat())
    }

    proptest::proptest! {
        #[test]
        fn no_text_adds_a_header_or_ends_the_mail(
            title in hostile(), text in hostile(), html in hostile(), name in hostile(), file in hostile(),
            mime in hostile(), from_name in hostile(),
        ) {
            let mut s = settings();
            s.from_name = Some(from_name);
            let body = rendition(&format!("T{title}"), &format!("x{text}"), Some(&html));
            let mut msg = outbound(body, vec![blob(Role::File, &format!("f{file}"), &mime, "c")]);
            msg.to.name = Some(name);
            msg.opt_out = Some(opt_out());
            let mail = String::from_utf8(compose(&s, &Memo::default(), &msg).unwrap().bytes).unwrap();
            let bulk = ["List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Precedence", "Auto-Submitted", "X-Auto-Response-Suppress"];
            for n in names(&mail) {
                proptest::prop_assert!(PLAIN.contains(&n.as_str()) || bulk.contains(&n.as_str()), "{n:?}\n{mail}");
            }
            proptest::prop_assert!(mail.is_ascii());
            proptest::prop_assert!(!mail.replace("\r\n", "").contains(['\r', '\n', '\0']));
            proptest::prop_assert!(mail.lines().all(|l| l.len() <= 998));
            // mixed(alternative(text, html), file): each container opens its parts once and ends once.
            let edge = |n: u8| format!("--=_loa{n}_{}", msg.key.hex());
            proptest::prop_assert_eq!(mail.lines().filter(|l| *l == edge(3)).count(), 2);
            proptest::prop_assert_eq!(mail.lines().filter(|l| *l == edge(1)).count(), 2);
            for part in mail.split("\r\n--=_loa").skip(1) {
                let head = part.split_once("\r\n").unwrap_or_default().1;
                for n in names(head).iter().filter(|n| !n.is_empty()) {
                    proptest::prop_assert!(n.starts_with("Content-"), "{n:?}\n{mail}");
                }
            }
        }
    }
}
