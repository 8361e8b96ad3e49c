//! `doc-la.yaml`: how abbreviations and addresses are said over loudspeakers. Entries stand before those that are built in.

use super::{Loader, shapes};
use crate::domain::speech::{Lexicon, built_in, read as read_aloud};
use crate::yaml::{Node, Say, Severity};

/// The file.
pub const FILE: &str = "campaigns/doc-la.yaml";

/// What `loa init` writes: free of faults, with one entry of each sort to write others after.
pub const TEMPLATE: &str =
    "# Sổ cách đọc trên loa: chữ viết tắt, và từng phần của địa chỉ trang. Những chữ thông dụng (UBND, HĐND, CCCD…) đã có sẵn;
# ở đây chỉ ghi chữ riêng của cơ quan. Gặp chữ chưa rõ,   loa check   báo lỗi R010, kèm dòng cần thêm vào đây.
# Cách đọc viết bằng chữ: không số, không ký hiệu, không viết tắt. Nghe thử:   loa speak CHIEN-DICH/BAI
abbreviations:                      # thêm chữ: một dòng mới, thụt vào hai dấu cách,   CHỮ: cách đọc
  BQLDA: ban quản lý dự án

addresses:                          # motcua.xa-mau.vn: từng phần một dòng, không có dấu chấm
  motcua: một cửa
";

/// Reads the file, if there is one.
pub fn read(l: &mut Loader<'_>) {
    let Some((tree, source)) = l.register("lexicon", FILE, &shapes::LEXICON, false) else { return };
    let (words, parts) = built_in();
    for (section, known) in [("abbreviations", words), ("addresses", parts)] {
        for (k, v) in tree.get(section).map_or(&[][..], Node::entries) {
            let Some(text) = v.text().filter(|t| said(t).is_ok()) else { continue };
            let plain = section == "abbreviations" && read_aloud(&k.name, &Lexicon::default()).is_plain();
            if plain && k.name.chars().all(char::is_lowercase) && !k.name.is_ascii() {
                l.faults.push(
                    source
                        .fault(
                            "R013",
                            Severity::Warning,
                            k.span,
                            Say::new(
                                format!("“{}” là chữ đọc được, không phải chữ viết tắt", k.written),
                                format!("“{}” is a word, not an abbreviation", k.written),
                            ),
                        )
                        .why(
                            "Mọi bài có chữ này sẽ bị đọc thành chữ khác.",
                            "It would be said otherwise in every script.",
                        )
                        .fix("Xóa dòng này.", "Delete the line."),
                );
            }
            let own = if section == "addresses" { k.name.to_lowercase() } else { k.name.clone() };
            if let Some(usual) = known.get(own.as_str()).filter(|usual| **usual != text) {
                l.faults.push(
                    source
                        .fault(
                            "R013",
                            Severity::Note,
                            k.span,
                            Say::new(
                                format!("“{}” trong chương trình đọc là “{usual}”", k.written),
                                format!("“{}” is said “{usual}” by the program", k.written),
                            ),
                        )
                        .fix(
                            "Cách đọc ở dòng này được dùng. Không cố ý đổi thì xóa dòng.",
                            "What stands here is used. If that is not meant, delete the line.",
                        ),
                );
            }
            let into = &mut l.ws.lexicon;
            let into = if section == "addresses" { &mut into.addresses } else { &mut into.abbreviations };
            into.insert(own, text.to_owned());
        }
    }
}

/// A key of the dictionary.
pub fn key(s: &str, fine: impl Fn(char) -> bool) -> Result<(), Say> {
    let long = s.chars().count() > 40;
    match s.chars().find(|c| !fine(*c)) {
        None if !long && s.chars().any(char::is_alphabetic) => Ok(()),
        Some(c) => {
            Err(Say::new(format!("không dùng được dấu “{c}” ở đây"), format!("“{c}” cannot stand here")))
        }
        None => Err(Say::new("phải có chữ, không quá 40 ký tự", "it has letters, at most 40 characters")),
    }
}

/// What is said for an entry: words that read to themselves.
pub fn said(s: &str) -> Result<(), Say> {
    if s.trim().is_empty() || s.chars().count() > 200 {
        return Err(Say::new("phải có chữ, không quá 200 ký tự", "it has words, at most 200 characters"));
    }
    let read = read_aloud(s, &Lexicon::default());
    if let Some(u) = read.unknown.first() {
        return Err(Say::new(
            format!("“{}” lại là chữ viết tắt", u.word),
            format!("“{}” is an abbreviation again", u.word),
        ));
    }
    if read.said() != s {
        return Err(Say::new(
            format!("viết bằng chữ đọc được: “{}”", read.said()),
            format!("write it as it is said: “{}”", read.said()),
        ));
    }
    Ok(())
}
