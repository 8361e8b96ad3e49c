//! The accounts of `loa.yaml` against what their kinds know: a misspelt or missing key is a fault of `check`, not an account that
//! pauses when the first mail is due. It stands here because kinds and settings are rooms of one floor.

use crate::transport::{self, Kind};
use crate::yaml::{Fault, Node, Source, closest};

/// Keys that every account may have, whatever its kind.
const COMMON: [&str; 5] = ["kind", "limit", "on_unknown", "attempts", "connections"];

/// Faults of the accounts in the text of `loa.yaml`. What cannot be read as YAML has faults of its own.
pub fn faults(text: &[u8]) -> Vec<Fault> {
    let parsed = crate::yaml::parse_bytes("loa.yaml", text);
    let Some(accounts) = parsed.root.as_ref().and_then(|r| r.get("accounts")) else { return vec![] };
    let mut out = vec![];
    for (id, account) in accounts.entries() {
        let Some(kind) = account.str("kind").and_then(transport::kind) else { continue };
        unknown(&parsed.source, account, kind, &mut out);
        for key in required(kind) {
            if account.get(key).is_none() && account.get(&format!("{key}_file")).is_none() {
                let written = written(key);
                out.push(
                    parsed
                        .source
                        .error(
                            "K003",
                            id.span,
                            format!("tài khoản “{}” (loại {}) thiếu dòng “{written}”", id.name, kind.name),
                            format!("the account “{}” (kind {}) lacks “{written}”", id.name, kind.name),
                        )
                        .fix(
                            format!("Thêm dòng   {written}: …   (xem docs/channels/{}.md)", kind.name),
                            format!("Add a line   {written}: …   (see docs/channels/{}.md)", kind.name),
                        )
                        .meanwhile(
                            "Trong lúc chờ: tài khoản này không gửi được, các tài khoản khác vẫn chạy.",
                            "Meanwhile this account cannot send; the others go on.",
                        ),
                );
            }
        }
    }
    out
}

fn unknown(source: &Source, account: &Node, kind: &Kind, out: &mut Vec<Fault>) {
    let own: Vec<String> = kind
        .keys
        .iter()
        .flat_map(|(k, _, _)| [(*k).to_owned(), format!("{k}_file")])
        .chain(kind.borrows.then(|| "carrier".to_owned()))
        .collect();
    for (k, _) in account.entries() {
        let name = k.name.as_str();
        // A secret written out has a fault of its own.
        if COMMON.contains(&name) || own.iter().any(|o| o == name) {
            continue;
        }
        let mut shown: Vec<String> = kind.keys.iter().map(|(k, _, _)| written(k)).collect();
        shown.extend(kind.borrows.then(|| "carrier".to_owned()));
        shown.extend(COMMON.iter().skip(1).map(|k| (*k).to_owned()));
        let all = shown.join(", ");
        let mut fault = source
            .error(
                "K001",
                k.span,
                format!("tài khoản loại {} không có khóa “{}”", kind.name, k.written),
                format!("an account of kind {} has no key “{}”", kind.name, k.written),
            )
            .fix(format!("Các khóa dùng được: {all}."), format!("Its keys: {all}."))
            .meanwhile(
                "Trong lúc chờ: tài khoản này không gửi được, các tài khoản khác vẫn chạy.",
                "Meanwhile this account cannot send; the others go on.",
            );
        let known = shown.iter().map(String::as_str);
        if let Some(near) = closest(name, known) {
            fault = fault.maybe(near, None);
        }
        out.push(fault);
    }
}

/// A key as it is written in `loa.yaml`: secrets and certificates by their files.
fn written(key: &str) -> String {
    match key {
        "password" | "token" | "secret" | "ca" => format!("{key}_file"),
        _ => key.to_owned(),
    }
}

/// The keys without which an account of this kind is nothing.
fn required(kind: &Kind) -> impl Iterator<Item = &'static str> {
    let own = kind.keys.iter().filter(|(_, required, _)| *required).map(|(k, _, _)| *k);
    own.chain(kind.borrows.then_some("carrier"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(yaml: &str) -> Vec<(&'static str, usize, String)> {
        faults(yaml.as_bytes()).iter().map(|f| (f.code, f.line, f.message.en.clone())).collect()
    }

    #[test]
    fn what_a_kind_does_not_know_or_needs_is_named() {
        let good = "accounts:\n  thu:\n    kind: email\n    server: mail.example\n    from_address: a@b.example\n    limit: 300 per hour\n  \
                    goi:\n    kind: hand-over\n    carrier: thu\n";
        assert_eq!(said(good), []);
        let bad = "accounts:\n  phieu:\n    kind: station\n    borrow: thu\n  thu:\n    kind: email\n    port: 25\n";
        let found = said(bad);
        let of = |code: &str, line: usize, part: &str| {
            found.iter().any(|(c, l, says)| *c == code && *l == line && says.contains(part))
        };
        assert!(of("K001", 4, "borrow") && of("K003", 2, "carrier"), "{found:?}");
        assert!(of("K003", 5, "server") && of("K003", 5, "from_address"), "{found:?}");
        assert_eq!(found.len(), 4);
        assert_eq!(said("accounts:\n  bot:\n    kind: telegram\n").len(), 1, "its token");
        assert_eq!(said("accounts:\n  bot:\n    kind: telegram\n    token_file: bi-mat/x\n"), []);
    }

    #[test]
    fn the_pages_of_the_kinds_teach_accounts_that_work() {
        for kind in transport::KINDS {
            let page = format!("{}/docs/channels/{}.md", env!("CARGO_MANIFEST_DIR"), kind.name);
            let page = std::fs::read_to_string(page).unwrap_or_default();
            for block in page.split("```yaml\n").skip(1) {
                let yaml = block.split("```").next().unwrap_or_default();
                assert_eq!(said(yaml), [], "docs/channels/{}.md:\n{yaml}", kind.name);
            }
        }
    }
}
