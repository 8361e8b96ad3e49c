//! The part of `loa plan` that is about words: what readers will get otherwise than was approved, and which templates changed since.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::cli::{Ctx, Stop};
use crate::config::Settings;
use crate::domain::id::Origin;
use crate::domain::text::{self, Lang};
use crate::manifest::Loaded;
use crate::plan::approve::{self, render_all};
use crate::plan::derive::Derivatives;
use crate::plan::{Desired, Diff, preview};
use crate::render::Piece;

/// Lines of a difference that are printed where one post was asked for.
const LINES: usize = 40;

/// What a plan says about renditions.
#[derive(Debug, Default)]
pub(super) struct Voices {
    /// Edited posts: by kind what differs.
    edited: BTreeMap<String, Vec<(String, Vec<Piece>)>>,
    /// Templates: posts that keep the earlier frame.
    templates: BTreeMap<String, Vec<String>>,
    /// Those of them that frame sheets, which are printed when they are due.
    sheets: BTreeSet<String>,
}

impl Voices {
    /// Renders what was edited and compares it with what was approved.
    pub(super) async fn of(
        ctx: &Ctx,
        settings: &Settings,
        loaded: &Loaded,
        diff: &Diff,
    ) -> Result<Self, Stop> {
        let mut out = Self::default();
        // A template that cannot be used is told by `check`; the plan goes on without it.
        let Ok(templates) = ctx.templates() else { return Ok(out) };
        let store = ctx.look(settings).await?;
        let ws = &loaded.workspace;
        out.templates = preview::changed_templates(&store, &templates, ctx.now()).await?;
        out.sheets = out.templates.keys().filter(|path| templates.frames_sheets(path)).cloned().collect();
        if diff.edited.is_empty() {
            return Ok(out);
        }
        let desired = Desired::of(ws, settings, &[], ctx.now());
        let assets = ctx.assets();
        let pictures = Derivatives::new(settings, &assets);
        for c in &ws.campaigns {
            for p in &c.posts {
                let origin = Origin::post(&c.id, &p.id);
                if !diff.edited.iter().any(|o| o == origin.as_str()) {
                    continue;
                }
                let (made, _) = render_all(settings, ws, &templates, c, p, &desired, &pictures);
                let steps = approve::steps(settings, p.class).len();
                if let Some(changes) = preview::changes(&store, &origin, steps, None, &made).await? {
                    out.edited.insert(origin.as_str().to_owned(), changes);
                }
            }
        }
        Ok(out)
    }

    /// Adds it to the plan's JSON.
    pub(super) fn json(&self, plan: &mut serde_json::Value) {
        let edited: BTreeMap<&str, BTreeMap<&str, serde_json::Value>> = self
            .edited
            .iter()
            .map(|(origin, voices)| {
                let voices = voices.iter().map(|(kind, pieces)| {
                    let (gone, new) = split(pieces);
                    (kind.as_str(), serde_json::json!({ "gone": gone, "new": new }))
                });
                (origin.as_str(), voices.collect())
            })
            .collect();
        plan["renditions"] = serde_json::json!(edited);
        plan["templates"] = serde_json::json!(self.templates);
    }

    /// The same for people; `only`: what was asked for.
    pub(super) fn show(&self, ctx: &Ctx, only: Option<&str>) -> String {
        let mut out = String::new();
        if !self.edited.is_empty() {
            let _ = writeln!(
                out,
                "\n{}",
                ctx.say(
                    "Khác bản đã duyệt, theo từng kênh",
                    "What differs from what was approved, by channel"
                )
            );
        }
        for (origin, voices) in &self.edited {
            let _ = writeln!(out, "  {origin}: {}", summary(voices, ctx.lang));
            if only == Some(origin) {
                for (kind, pieces) in voices {
                    let _ = writeln!(out, "    {kind}");
                    out.push_str(&lines(pieces, ctx.lang));
                }
            }
            let _ = writeln!(out, "    {}", ctx.hint(&["preview", origin]));
        }
        for (path, posts) in &self.templates {
            let n = text::number(posts.len() as i64, ctx.lang);
            let _ = writeln!(
                out,
                "\n{}",
                match (ctx.lang, self.sheets.contains(path)) {
                    (Lang::Vi, true) => format!(
                        "Mẫu {path} đã đổi: phiếu phát thanh chưa làm sẽ in theo khung mới; lời đọc của {n} bài vẫn đúng như bản đã duyệt."
                    ),
                    (Lang::En, true) => format!(
                        "Template {path} changed: sheets not yet made use the new frame; the lines of {n} posts stay as approved."
                    ),
                    (Lang::Vi, false) => format!(
                        "Mẫu {path} đã đổi: {n} bài đã duyệt vẫn gửi đúng như bản đã duyệt; mẫu mới chỉ dùng từ lần duyệt sau."
                    ),
                    (Lang::En, false) => format!(
                        "Template {path} changed: {n} approved posts still go out as approved; the new one counts from the next approval on."
                    ),
                }
            );
        }
        out
    }
}

fn split(pieces: &[Piece]) -> (Vec<&str>, Vec<&str>) {
    let (mut gone, mut new) = (vec![], vec![]);
    for p in pieces {
        match p {
            Piece::Gone(t) => gone.push(t.as_str()),
            Piece::New(t) => new.push(t.as_str()),
            Piece::Same(_) => {}
        }
    }
    (gone, new)
}

/// `email +2 −1, zalo-bot +1 −1`; that nothing differs for a reader is said, too.
pub(in crate::cli) fn summary(voices: &[(String, Vec<Piece>)], lang: Lang) -> String {
    if voices.is_empty() {
        return lang.pick("không kênh nào đổi chữ", "no channel has other words").to_owned();
    }
    let all = voices.iter().map(|(kind, pieces)| {
        let (gone, new) = split(pieces);
        format!("{kind} +{} −{}", new.len(), gone.len())
    });
    all.collect::<Vec<_>>().join(", ")
}

fn lines(pieces: &[Piece], lang: Lang) -> String {
    let mut out = String::new();
    for (i, p) in pieces.iter().enumerate() {
        if i == LINES {
            let left = pieces.len() - LINES;
            let _ = writeln!(out, "      … {left} {}", lang.pick("chỗ nữa", "more"));
            break;
        }
        match p {
            Piece::Same(n) => {
                let _ = writeln!(out, "      ⋯ {n} {}", lang.pick("dòng như cũ", "lines as before"));
            }
            Piece::Gone(t) => {
                let _ = writeln!(out, "      − {t}");
            }
            Piece::New(t) => {
                let _ = writeln!(out, "      + {t}");
            }
        }
    }
    out
}
