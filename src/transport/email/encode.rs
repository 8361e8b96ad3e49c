//! Texts and files of a mail in their transfer encodings. Most lines of a mail are the same for everybody, and so are its files:
//! what was encoded for one is kept for the next. What is kept is looked at, never trusted: a line that differs is encoded anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

use super::compose::MARK;
use crate::domain::message::Blob;

/// Texts whose lines are kept.
const TEXTS: usize = 16;
/// Bytes of a text whose lines are kept, at most.
const LONGEST: usize = 256 << 10;
/// Sets of files that are kept.
const SETS: usize = 2;

/// A place for the recipient's own data that was not filled in: such a mail does not leave.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct MarkLeft;

/// Lines of a text, each with its quoted-printable form.
type Lines = Vec<(Box<str>, Box<[u8]>)>;
/// Files of a post, each in base64.
type Set = (Arc<[Blob]>, Arc<[Vec<u8>]>);

/// What was encoded before, of one account.
#[derive(Default)]
pub(super) struct Memo {
    texts: RwLock<HashMap<String, Arc<Lines>>>,
    files: Mutex<Vec<Set>>,
}

impl Memo {
    /// Quoted-printable (RFC 2045 §6.7) with CRLF. `of` says whose text it is: a wrong answer costs time and nothing else.
    pub(super) fn quoted(&self, of: &str, text: &str) -> Result<Vec<u8>, MarkLeft> {
        let known = self.texts.read().unwrap_or_else(PoisonError::into_inner).get(of).cloned();
        let text = one_kind_of_line_end(text);
        let mut out = Vec::with_capacity(text.len() + text.len() / 2);
        let mut fresh = 0;
        for (i, line) in text.split('\n').enumerate() {
            if i > 0 {
                out.extend_from_slice(b"\r\n");
            }
            match known.as_ref().and_then(|k| k.get(i)) {
                Some((same, encoded)) if **same == *line => out.extend_from_slice(encoded),
                _ if line.contains(MARK) => return Err(MarkLeft),
                _ => {
                    fresh += line.len();
                    out.extend_from_slice(&quoted_line(line));
                }
            }
        }
        if text.len() <= LONGEST && (known.is_none() || fresh > text.len() / 2) {
            self.keep(of, &text);
        }
        Ok(out)
    }

    fn keep(&self, of: &str, text: &str) {
        let lines = text.split('\n').map(|l| (l.into(), quoted_line(l).into())).collect();
        let mut texts = self.texts.write().unwrap_or_else(PoisonError::into_inner);
        if texts.len() >= TEXTS {
            texts.clear();
        }
        texts.insert(of.to_owned(), Arc::new(lines));
    }

    /// The files of a mail in base64, in their order.
    pub(super) fn files(&self, blobs: &Arc<[Blob]>) -> Arc<[Vec<u8>]> {
        if blobs.is_empty() {
            return Arc::new([]);
        }
        let kept = || self.files.lock().unwrap_or_else(PoisonError::into_inner);
        // The set itself is held, so its address is nobody else's.
        if let Some((_, encoded)) = kept().iter().find(|(of, _)| Arc::ptr_eq(of, blobs)) {
            return encoded.clone();
        }
        let encoded: Arc<[Vec<u8>]> = blobs.iter().map(|b| base64_lines(&b.bytes)).collect();
        let mut sets = kept();
        sets.insert(0, (blobs.clone(), encoded.clone()));
        sets.truncate(SETS);
        encoded
    }
}

/// A line without its end.
fn quoted_line(line: &str) -> Vec<u8> {
    // Quoted-printable takes anything; were it refused, each byte escaped says the same.
    Body::new_with_encoding(line.to_owned(), ContentTransferEncoding::QuotedPrintable).map_or_else(
        |raw| raw.iter().flat_map(|b| format!("={b:02X}").into_bytes()).collect(),
        Body::into_vec,
    )
}

fn one_kind_of_line_end(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n").into() } else { text.into() }
}

/// A text in base64; line ends of all kinds become CRLF, the only one of a text in it (RFC 2046 §4.1.1).
pub(super) fn base64_text(text: &str) -> Vec<u8> {
    base64_lines(one_kind_of_line_end(text).replace('\n', "\r\n").as_bytes())
}

/// Base64 in lines of 76 characters (RFC 2045 §6.8).
pub(super) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    use base64::Engine as _;
    let mut out = Vec::with_capacity(bytes.len() / 57 * 78 + 80);
    let mut line = [0u8; 76];
    for chunk in bytes.chunks(57) {
        if !out.is_empty() {
            out.extend_from_slice(b"\r\n");
        }
        // A line's worth always fits.
        let n = base64::engine::general_purpose::STANDARD.encode_slice(chunk, &mut line).unwrap_or(0);
        out.extend_from_slice(&line[..n]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::{Attachment, Role};

    /// As an encoder makes it that sees the whole text at once.
    fn whole(text: &str) -> Vec<u8> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).unwrap().into_vec()
    }

    fn lines() -> impl proptest::strategy::Strategy<Value = String> {
        use proptest::prelude::*;
        let piece = prop_oneof![
            Just("\n".to_owned()),
            Just("\r\n".to_owned()),
            Just(" \t".to_owned()),
            Just("=".to_owned()),
            Just(".".to_owned()),
            Just("Kính gửi anh/chị, ".repeat(9)),
            any::<String>(),
        ];
        prop::collection::vec(piece, 0..8).prop_map(|v| v.concat())
    }

    proptest::proptest! {
        #[test]
        fn what_is_kept_changes_nothing(first in lines(), second in lines(), name in "[^\\r\\n]{0,90}") {
            let memo = Memo::default();
            let named = format!("{first}\n{name}\n{first}");
            for text in [&first, &second, &named, &first, &named, &second] {
                let made = memo.quoted("chien-dich/bai", text).unwrap();
                proptest::prop_assert_eq!(String::from_utf8(made).unwrap(), String::from_utf8(whole(text)).unwrap());
            }
        }
    }

    #[test]
    fn lines_are_kept_and_a_mark_is_found_in_those_that_are_not() {
        let memo = Memo::default();
        let text =
            |name: &str| format!("Kính gửi {name},\n{}", "Cả thư này ai cũng nhận như nhau.\n".repeat(20));
        memo.quoted("a", &text("Bà Nhất")).unwrap();
        assert_eq!(memo.quoted("a", &text("@@LOA-NAME@@")), Err(MarkLeft));
        assert_eq!(memo.quoted("b", "@@LOA-NAME@@"), Err(MarkLeft));
        assert!(memo.texts.read().unwrap()["a"].iter().any(|(l, _)| l.contains("Bà Nhất")));
        memo.quoted("a", &text("Ông Hai")).unwrap();
        assert!(memo.texts.read().unwrap()["a"].iter().any(|(l, _)| l.contains("Bà Nhất")), "kept as it was");
        memo.quoted("a", "Một bài khác hẳn.").unwrap();
        assert_eq!(memo.texts.read().unwrap()["a"].len(), 1, "another text under the same name");
        for i in 0..100 {
            memo.quoted(&i.to_string(), "x").unwrap();
            assert!(memo.texts.read().unwrap().len() <= TEXTS);
        }
        memo.quoted("dai", &"dòng dài\n".repeat(LONGEST / 8)).unwrap();
        assert!(!memo.texts.read().unwrap().contains_key("dai"));
    }

    #[test]
    fn files_are_encoded_once_for_all() {
        let blobs = |byte: u8| -> Arc<[Blob]> {
            let meta = Attachment {
                role: Role::File,
                name: "x.png".into(),
                mime: "image/png".into(),
                sha256: String::new(),
                bytes: 100,
                cid: "x".into(),
                alt: String::new(),
                caption: None,
                url: None,
            };
            Arc::new([Blob { meta, bytes: Arc::from(vec![byte; 100]) }])
        };
        let memo = Memo::default();
        let (one, two, three) = (blobs(1), blobs(2), blobs(3));
        let first = memo.files(&one);
        assert!(Arc::ptr_eq(&first, &memo.files(&one)));
        assert_eq!(first[0], base64_lines(&[1; 100]));
        assert_eq!(memo.files(&two)[0], base64_lines(&[2; 100]));
        memo.files(&three);
        assert_eq!(memo.files.lock().unwrap().len(), SETS);
        assert!(!Arc::ptr_eq(&first, &memo.files(&one)), "given up for two others");
        assert!(memo.files(&Arc::from([])).is_empty());
    }
}
