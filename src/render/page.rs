//! A rendition as a page to look at: previews, the sandbox's outbox, approvers. Never sent.

use super::words::escape;
use crate::domain::message::{Attachment, Rendition, Role, Voice};

/// A standalone HTML document that shows a rendition as its reader will see it. `image` gives an address to show for an
/// attachment (a `data:` or `file:` URL), `None` shows its alternative text.
pub fn page(r: &Rendition, image: &dyn Fn(&Attachment) -> Option<String>) -> String {
    let whole = r.html.as_deref().filter(|h| h.starts_with("<!DOCTYPE"));
    let html = match whole {
        Some(whole) => whole.to_owned(),
        None => wrapped(r),
    };
    r.attachments.iter().fold(html, |html, a| match image(a) {
        Some(url) => {
            html.replace(&format!("src=\"cid:{}\"", escape(&a.cid)), &format!("src=\"{}\"", escape(&url)))
        }
        None => html,
    })
}

fn wrapped(r: &Rendition) -> String {
    let title = escape(&r.title);
    let featured = r.attachments.iter().find(|a| a.role == Role::Featured);
    let figure = featured.map_or_else(String::new, |a| {
        format!("<figure><img src=\"cid:{}\" alt=\"{}\"></figure>", escape(&a.cid), escape(&a.alt))
    });
    let body = match r.voice {
        Voice::Web => {
            format!("<article><h1>{title}</h1>{figure}{}</article>", r.html.as_deref().unwrap_or_default())
        }
        Voice::Chat => {
            let bubbles: String = r
                .parts
                .iter()
                .enumerate()
                .map(|(i, p)| {
                    let words = if r.html.is_some() { p.clone() } else { escape(p) };
                    format!(
                        "<div class=\"bubble\">{}{words}</div>",
                        if i == 0 { figure.as_str() } else { "" }
                    )
                })
                .collect();
            format!("<main class=\"chat\">{bubbles}</main>")
        }
        Voice::Script => {
            let lines: String = r.text.lines().map(|l| format!("<p>{}</p>", escape(l))).collect();
            let seconds =
                r.seconds.map_or_else(String::new, |s| format!("<p class=\"small\">Đọc khoảng {s} giây</p>"));
            format!("<article class=\"script\"><h1>{title}</h1>{seconds}{lines}</article>")
        }
        Voice::Mail | Voice::Press => match &r.html {
            Some(html) => html.clone(),
            None => format!("<pre>{}</pre>", escape(&r.text)),
        },
    };
    let files: String = r
        .attachments
        .iter()
        .filter(|a| a.role == Role::File && r.voice != Voice::Press) // a package lists its own
        .map(|a| format!("<li>{} · {}</li>", escape(&a.name), escape(&a.alt)))
        .collect();
    let files = if files.is_empty() { files } else { format!("<ul class=\"small\">{files}</ul>") };
    format!(
        "<!DOCTYPE html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data: file:\">\
         <title>{title}</title><style>\
         body{{margin:0;background:#eef1f5;color:#1c2733;font:17px/1.6 'Helvetica Neue',Arial,'Noto Sans',sans-serif;overflow-wrap:anywhere}}table:has(th:nth-child(4)){{display:block;overflow-x:auto;overflow-wrap:break-word}}\
         article{{max-width:720px;margin:0 auto;padding:24px;background:#fff}}h1,h2,h3{{line-height:1.4}}\
         img{{max-width:100%;height:auto;display:block}}figure{{margin:0 0 16px}}figcaption{{font-size:15px;font-style:italic}}\
         table{{border-collapse:collapse}}td,th{{border:1px solid #b9c4d0;padding:6px 10px;text-align:left}}\
         .chat{{max-width:430px;margin:0 auto;padding:16px;background:#d9e6f2}}\
         .bubble{{background:#fff;border-radius:14px;padding:12px 14px;margin:0 0 10px;white-space:pre-wrap}}\
         .bubble blockquote{{margin:0;padding-left:10px;border-left:3px solid #12437a}}\
         .script{{font:21px/1.7 'Noto Serif',serif}}.small{{font-size:15px}}pre{{white-space:pre-wrap;padding:24px}}\
         </style></head><body>{body}{files}</body></html>\n"
    )
}
