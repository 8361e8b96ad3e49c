//! A post as each of its readers will see it, on pages for authors and approvers: one page a voice, one for the whole post.
//!
//! Shows renditions and makes none: what is on a page is what [`super::render`] made, so that a preview cannot differ from what is
//! approved. Pages stand alone: no network, no script, pictures inside them; each voice is in a frame of its own, so that a style
//! of a mail cannot reach the page around it.

mod look;
mod overview;

pub use look::{Look, Reader};
pub use overview::{AssetLine, FactLine, Overview, SendingLine, StepLine};

use super::words::escape;
use crate::domain::text::Lang;

/// What a page may load: nothing but what stands in it.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:; frame-src 'self'";

const STYLE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:#e9edf2;color:#1c2733;font:16px/1.6 'Helvetica Neue',Arial,'Noto Sans',sans-serif;overflow-wrap:anywhere}\
header{padding:18px 28px;background:#12437a;color:#fff}header a,nav a{color:inherit}\
h1{margin:0;font-size:24px;line-height:1.4}h2{margin:0 0 10px;font-size:18px;line-height:1.4}h2.next{margin-top:24px}\
main{padding:20px 28px;display:flex;flex-wrap:wrap;gap:24px;align-items:flex-start}\
nav{padding:10px 28px;background:#fff;border-bottom:1px solid #c6d0db}nav a{margin-right:16px;display:inline-block}nav b{margin-right:16px}\
section{background:#fff;border:1px solid #c6d0db;padding:16px;max-width:100%;min-width:0}\
section.wide{flex:1 1 100%}\
iframe{display:block;border:1px solid #9aa8b7;background:#fff;max-width:100%}\
.note{color:#4a5765;font-size:14px;line-height:1.5}.over{color:#9c1c1c;font-weight:bold}\
pre{margin:0;white-space:pre-wrap;font:14px/1.6 'DejaVu Sans Mono','Noto Sans Mono',monospace;overflow-wrap:anywhere}\
table{border-collapse:collapse;width:100%}td,th{border:1px solid #c6d0db;padding:6px 10px;text-align:left;vertical-align:top}\
th{background:#f1f5fa;overflow-wrap:normal}td{overflow-wrap:break-word}td.n{white-space:nowrap}code{font:13px/1.5 'DejaVu Sans Mono','Noto Sans Mono',monospace;overflow-wrap:anywhere}\
.inbox{border:1px solid #c6d0db;padding:10px 12px;margin:0 0 12px;background:#fff}\
.inbox .row{display:flex;gap:12px}.who{font-weight:bold;flex:0 0 170px}.row .line{flex:1 1 0;min-width:0}\
.cut{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.cut2{overflow:hidden;display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical}\
.small .who,.small .line{flex:none}.dim{color:#5a6673}\
.cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(272px,1fr));gap:18px}\
.card{border:1px solid #c6d0db;padding:10px;min-width:0;background:#fff;break-inside:avoid}.card h3{margin:0 0 6px;font-size:15px;line-height:1.4}\
.thumb{display:block;width:250px;height:330px;overflow:hidden;border:1px solid #9aa8b7;position:relative}\
.thumb iframe{border:0;max-width:none;transform-origin:0 0;pointer-events:none}\
ins{background:#dff3e0;text-decoration:none;display:block}del{background:#fbe3e3;display:block}\
.pic{max-width:120px;max-height:90px;display:block}\
@media (max-width:700px){td,th{overflow-wrap:anywhere}table.stack,table.stack tbody,table.stack tr,table.stack td{display:block;width:100%}table.stack tr:has(th){display:none}\
table.stack tr{border:1px solid #c6d0db;margin:0 0 10px}table.stack td{border:0;padding:3px 10px;overflow-wrap:anywhere}table.stack td.n{white-space:normal}table.stack td:empty{display:none}header,main,nav{padding-left:14px;padding-right:14px}.who{flex-basis:110px}}\
@media print{body{background:#fff}header{background:#fff;color:#000;border-bottom:2px solid #000}nav{display:none}main{padding:12px 0}section{border:0;padding:0}}";

/// A page around its content.
fn shell(title: &str, lang: Lang, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"referrer\" content=\"no-referrer\"><title>{}</title><style>{STYLE}</style></head>\n<body>{body}</body></html>\n",
        lang.pick("vi", "en"),
        escape(title)
    )
}

/// A frame of a width in pixels around a document; nothing in it runs, and it reaches nothing.
fn frame(title: &str, document: &str, width: u32, height: u32) -> String {
    format!(
        "<iframe sandbox title=\"{}\" width=\"{width}\" height=\"{height}\" srcdoc=\"{}\"></iframe>",
        escape(title),
        escape(document)
    )
}

/// The same small, for a card.
fn thumb(title: &str, document: &str, width: u32) -> String {
    let scale = 250.0 / f64::from(width);
    format!(
        "<span class=\"thumb\"><iframe sandbox scrolling=\"no\" tabindex=\"-1\" title=\"{}\" width=\"{width}\" height=\"{}\" \
         style=\"transform:scale({scale:.4})\" srcdoc=\"{}\"></iframe></span>",
        escape(title),
        (330.0 / scale).ceil(),
        escape(document)
    )
}
