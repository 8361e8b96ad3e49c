//! Tests the output of a template each time it is made, with samples and in earnest: it runs and loads nothing, and it shows what
//! its data say. A frame may say more than the text, never less.

use serde_json::Value;

use super::fault::RenderFault;
use super::judge::{Bad, Place, Seen, bare, judge, look, odd, programs};
use super::merge::{Merge, merged_html, optional};
use crate::domain::message::{MARK, MARK_OPT_OUT_URL};

/// Tests the output of the template `name` (without `.hbs`), made of `data`, also with what is filled in per person.
///
/// # Errors
/// What may not go out, or what is not shown.
pub(super) fn verify(name: &str, data: &Value, out: &str) -> Result<(), RenderFault> {
    let own: Vec<char> = {
        let mut all = vec![];
        characters(data, &mut |c| all.extend(odd(c).then_some(c)));
        all
    };
    if !own.is_empty() {
        // What the data have is no doing of the template: an alert quotes what a server said.
        return verify(name, &without(data, &own), &out.replace(own.as_slice(), ""));
    }
    let musts = of(name, data);
    // Targets that cannot opt out get the same without that sentence.
    let forms = if out.contains(MARK) { vec![optional(out, true), optional(out, false)] } else { vec![] };
    let forms: Vec<&str> =
        if forms.is_empty() { vec![out] } else { forms.iter().map(String::as_str).collect() };
    let html = name.ends_with(".html");
    let place = if name.starts_with("opt-out/") { Place::Page } else { Place::Text };
    if html && out.contains(MARK) {
        // Where a name can become more than words.
        let hostile = Merge {
            name: Some("script onclick=1 style=x src=x"),
            opt_out_url: Some("https://loa.invalid/o/x"),
            code: Some("script onclick=1"),
            unit: Some("script onclick=1 style=x"),
        };
        judge(&merged_html(out, &hostile), place).map_err(|bad| refused(name, &bad))?;
    }
    if !html && let Some(c) = out.chars().find(|c| odd(*c)) {
        return Err(refused(name, &Bad::Unknown(format!("U+{:04X}", c as u32))));
    }
    for (i, form) in forms.iter().enumerate() {
        let seen = if html {
            programs(form, place).map_err(|bad| refused(name, &bad))?
        } else {
            let lines = form.lines().map(str::to_owned).collect();
            vec![Seen { words: bare(form), lines, ..Seen::default() }]
        };
        for seen in seen {
            shows(name, data, &musts, &seen, i == 0)?;
        }
    }
    Ok(())
}

fn characters(data: &Value, each: &mut dyn FnMut(char)) {
    match data {
        Value::String(s) => s.chars().for_each(each),
        Value::Array(all) => all.iter().for_each(|v| characters(v, each)),
        Value::Object(all) => all.values().for_each(|v| characters(v, each)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn without(data: &Value, chars: &[char]) -> Value {
    match data {
        Value::String(s) => Value::String(s.replace(chars, "")),
        Value::Array(all) => all.iter().map(|v| without(v, chars)).collect(),
        Value::Object(all) => all.iter().map(|(k, v)| (k.clone(), without(v, chars))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => data.clone(),
    }
}

/// Tests what a reader sees in one kind of program; `reader`: of one who may opt out.
fn shows(name: &str, data: &Value, musts: &[Must], seen: &Seen, reader: bool) -> Result<(), RenderFault> {
    if reader && name.starts_with("mail/layout") && !way_out(seen) {
        return Err(RenderFault::new(
            "template_no_opt_out",
            file(name),
            "Thư phải có đường từ chối nhận mà người đọc nhìn thấy: viết `{{opt_out_url}}` trong mẫu, không đặt trong `{{#if}}`, chú thích hay phần bị ẩn.",
            "A mail must show its opt-out link: write `{{opt_out_url}}`, outside of any `{{#if}}`, comment or hidden part.",
        ));
    }
    if let Some(m) = missing(musts, &seen.words) {
        return Err(RenderFault::new(
            "template_hides",
            file(name),
            format!(
                "Mẫu không in đủ {}. Người đọc phải thấy toàn bộ: không nằm trong chú thích hay phần bị ẩn (ở bất cứ màn hình, máy in hay chương trình thư nào), không gạch ngang, không quá nhỏ, không trùng màu nền.",
                m.what.0
            ),
            format!(
                "The template does not print all of {}. Readers must see it: in no comment or part that is hidden (on any screen, paper or mail program), not struck through, not too small, not in the colour of its ground.",
                m.what.1
            ),
        ));
    }
    if name == "chat/link.txt"
        && let Some(link) = data.get("link").and_then(Value::as_str).filter(|l| !l.is_empty())
        && !stands_free(seen, link)
    {
        return Err(RenderFault::new(
            "template_hides",
            file(name),
            "`{{link}}` phải đứng riêng: trước và sau nó là dấu cách, xuống dòng hoặc dấu câu, không dính vào chữ hay địa chỉ khác.",
            "`{{link}}` must stand by itself: between blanks, line ends or punctuation, no part of a word or of another address.",
        ));
    }
    if name == "opt-out/ask.html" && !answers(seen, data) {
        return Err(RenderFault::new(
            "template_hides",
            file(name),
            "Trang từ chối nhận phải có nút gửi: `<form method=\"post\" action=\"{{action}}\">` với nút tên `all` hoặc `leave`.",
            "The opt-out page needs its button: `<form method=\"post\" action=\"{{action}}\">` with a button named `all` or `leave`.",
        ));
    }
    Ok(())
}

fn file(name: &str) -> String {
    format!("templates/{name}.hbs")
}

fn answers(seen: &Seen, data: &Value) -> bool {
    let action = data.get("action").and_then(Value::as_str).unwrap_or_default();
    seen.buttons.iter().any(|(to, button)| to == action && matches!(button.as_str(), "all" | "leave"))
}

fn refused(name: &str, bad: &Bad) -> RenderFault {
    let (code, vi, en) = match bad {
        Bad::Runs(what) => (
            "template_runs",
            format!(
                "Mẫu in ra mã chạy: {what}. Mẫu không được có mã chạy (<script>, onclick=, javascript:…)."
            ),
            format!("The template prints something that runs: {what}."),
        ),
        Bad::Fetches(what) => (
            "template_fetches",
            format!(
                "Mẫu in ra chỗ tải từ nơi khác: {what}. Máy người đọc sẽ báo cho nơi ấy biết ai đọc, lúc nào. Ảnh chỉ được là `cid:…` hoặc `data:image/…`; không đặt biến trong `src`, `style`."
            ),
            format!(
                "The template prints something that is loaded: {what}. The far side would learn who reads, and when. Pictures are `cid:…` or `data:image/…`; no variable stands in `src` or `style`."
            ),
        ),
        Bad::Unknown(what) => (
            "template_tag",
            format!("Mẫu in ra thẻ hoặc thuộc tính không dùng được: {what}. Xem docs/templates.md."),
            format!(
                "The template prints an element or attribute that may not be used: {what}. See docs/templates.md."
            ),
        ),
        Bad::Deep => (
            "template_too_deep",
            "Mẫu in ra các thẻ hoặc dấu ngoặc lồng nhau quá sâu.".to_owned(),
            "The template prints elements or brackets nested too deeply.".to_owned(),
        ),
    };
    RenderFault::new(code, file(name), vi, en)
}

/// Something that has to stand there.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Must {
    /// What it is, Vietnamese and English.
    what: (&'static str, &'static str),
    /// Its words, as [`bare`] has them.
    words: String,
}

const TITLE: (&str, &str) = ("tiêu đề", "the title");
const BODY: (&str, &str) = ("nội dung", "the text");
const CODE: (&str, &str) = ("mã", "the code");
const LINES: (&str, &str) = ("lời đọc", "the lines to read");

/// What the template `name` (without `.hbs`) must show of `data`. Fields that are missing or empty ask for nothing.
fn of(name: &str, data: &Value) -> Vec<Must> {
    let html = name.ends_with(".html");
    let mut out = Vec::new();
    let mut add = |what, words: String| {
        if !words.is_empty() {
            out.push(Must { what, words });
        }
    };
    let field = |of: &Value, key: &str| bare(of.get(key).and_then(Value::as_str).unwrap_or_default());
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let body = || match data.get("body_html").and_then(Value::as_str).filter(|_| html) {
        Some(body) => look(body, Place::Text).map(|s| s.words).unwrap_or_default(),
        None => field(data, "body_text"),
    };
    match name.trim_end_matches(".html").trim_end_matches(".txt") {
        "mail/layout" => {
            add(TITLE, field(data, "title"));
            add(BODY, body());
        }
        // Its title goes to the site by itself.
        "web/article" => add(BODY, body()),
        "press/package" => {
            add(TITLE, field(data, "title"));
            add(("sa-pô", "the lead"), field(data, "lead"));
            add(BODY, body());
            if data.get("hand_over") == Some(&Value::Bool(true)) {
                add(CODE, field(data, "code"));
            }
        }
        "press/reminder" => {
            for p in list(data, "packages") {
                add(TITLE, field(&p, "title"));
                add(CODE, field(&p, "code"));
            }
        }
        "script/sheet" => {
            add(CODE, field(data, "code"));
            for item in list(data, "items") {
                add(TITLE, field(&item, "title"));
                for line in list(&item, "lines") {
                    add(LINES, bare(line.as_str().unwrap_or_default()));
                }
            }
        }
        "chat/link" => add(("đường dẫn", "the link"), field(data, "link")),
        "notice/mail" => {
            add(TITLE, field(data, "verdict"));
            for n in list(data, "needs") {
                add(BODY, field(&n, "says"));
            }
        }
        "notice/chat" => {
            add(TITLE, field(data, "verdict"));
            for n in list(data, "brief") {
                add(BODY, field(&n, "says"));
            }
        }
        "report/period" => {
            add(TITLE, field(data, "title"));
            for s in list(data, "sections") {
                add(("tên bảng", "the head of a table"), field(&s, "title"));
            }
        }
        _ => {}
    }
    out
}

/// The first of them that is not seen; each stands once for each time it is asked for, so that two items of the same words are two.
fn missing<'a>(musts: &'a [Must], seen: &str) -> Option<&'a Must> {
    musts.iter().find(|m| {
        let asked = musts.iter().filter(|o| o.what == LINES && o.words == m.words).count().max(1);
        match asked {
            1 => !seen.contains(&m.words),
            n => seen.matches(&m.words).count() < n,
        }
    })
}

/// True if a mail shows its way out.
fn way_out(seen: &Seen) -> bool {
    seen.links.iter().any(|l| l == MARK_OPT_OUT_URL) || stands_free(seen, MARK_OPT_OUT_URL)
}

/// True if an address stands there, and by itself wherever it does, so that no program makes a part of another address of it.
fn stands_free(seen: &Seen, address: &str) -> bool {
    let opens = |c: char| "([{<\"'“‘«".contains(c);
    let closes = |c: char| ")]}>\"'.,;:!?".contains(c);
    let free = |word: &str| {
        word.trim_start_matches(opens).strip_prefix(address).is_some_and(|rest| rest.chars().all(closes))
    };
    let mut words =
        seen.lines.iter().flat_map(|l| l.split_whitespace()).filter(|w| w.contains(address)).peekable();
    words.peek().is_some() && words.all(free)
}
