//! A post in one voice for one kind: picks the text, reads it once, and writes it for the voice. All faults are collected,
//! so that an author sees them at once.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::assets::{Document, Material, basis_line, gather};
use super::chat::{Keep, Para, cut, flatten, pack, plain, telegram, written};
use super::facts::expand;
use super::fault::RenderFault;
use super::html::{Dress, Gallery, figure, fragment};
use super::linked::kind_and_size;
use super::markdown::{self, Block, Inline, Unreadable, words_of};
use super::merge::{Merge, merged_html};
use super::pictures::Pictures;
use super::script;
use super::templates::Templates;
use super::views::{
    ArticleView, ContactView, FileView, LineView, MailView, OPT_OUT_BEGIN, OPT_OUT_END, PackageView,
};
use super::words::{clean, one_line, safe_url, shorten, slug};
use crate::domain::campaign::{Campaign, Class, Post, Text};
use crate::domain::fact;
use crate::domain::form::{Form, Package};
use crate::domain::message::{
    Attachment, MARK, MARK_CODE, MARK_NAME, MARK_OPT_OUT_URL, MARK_UNIT, Rendition, Role, Voice,
};
use crate::domain::speech;
use crate::domain::workspace::Workspace;

/// Longest title, in characters.
const MAX_TITLE: usize = 200;
/// Longest lead, in characters.
const MAX_LEAD: usize = 300;
/// Longest slug, in bytes.
const MAX_SLUG: usize = 60;
/// Most messages one post may become in a chat.
const MAX_PARTS: usize = 5;
/// Gmail shows only so many bytes of a mail's HTML.
const MAX_MAIL_HTML: usize = 102_400;
/// Longest name of a person or unit that is reckoned with, in letters of three bytes.
const LONG_NAME: usize = 80;
/// Longest token of an opt-out page that is reckoned with, in bytes.
const LONG_TOKEN: usize = 120;
/// Largest article for a site, in bytes.
const MAX_ARTICLE: usize = 1024 * 1024;
/// Longest script: a whole session of a ward's station (15 minutes).
const MAX_SCRIPT_SECONDS: u32 = 15 * 60;

/// What surrounds a post when it is rendered.
#[derive(Clone, Copy, Debug)]
pub struct RenderContext<'a> {
    /// Templates.
    pub templates: &'a Templates,
    /// Official name of the organisation that speaks.
    pub organisation: &'a str,
    /// Where the public reaches Loa, without a trailing slash.
    pub public_url: Option<&'a str>,
    /// Telephone of the person on duty.
    pub duty_phone: Option<&'a str>,
    /// Last day for a webmaster or editor (packages).
    pub done_by: Option<NaiveDate>,
    /// Copies of legal documents by number, those of the campaign's legal basis that have a file.
    pub documents: &'a BTreeMap<String, Document>,
    /// How fast scripts are read.
    pub pace: speech::Pace,
    /// Where pictures come from.
    pub pictures: &'a dyn Pictures,
}

/// Words alone: neither links nor code nor line breaks.
fn is_plain(inlines: &[Inline]) -> bool {
    inlines.iter().all(|i| match i {
        Inline::Text(_) => true,
        Inline::Strong(x) | Inline::Em(x) => is_plain(x),
        Inline::Strike(_) | Inline::Code(_) | Inline::Link(..) | Inline::Break => false,
    })
}

/// Renders a post.
///
/// # Errors
/// Everything that is wrong with its text, its pictures or a template.
pub fn render(
    post: &Post,
    campaign: &Campaign,
    ws: &Workspace,
    form: &Form,
    ctx: &RenderContext<'_>,
) -> Result<Rendition, Vec<RenderFault>> {
    let source = read(post, campaign, ws, form, ctx)?;
    let job = Job { post, campaign, ws, form, ctx, source: &source };
    match form.voice {
        Voice::Web => job.web(),
        Voice::Mail => job.mail(),
        Voice::Chat => job.chat(),
        Voice::Script => job.script(),
        Voice::Press => job.press(),
    }
}

/// The lines of a post's script as they are said.
///
/// # Errors
/// As [`render`].
pub fn said(
    post: &Post,
    campaign: &Campaign,
    ws: &Workspace,
    form: &Form,
    ctx: &RenderContext<'_>,
) -> Result<Vec<String>, Vec<RenderFault>> {
    let source = read(post, campaign, ws, form, ctx)?;
    Job { post, campaign, ws, form, ctx, source: &source }.lines().map(|(said, _)| said)
}

/// A text as it was read.
struct Source {
    file: String,
    title: String,
    /// The text has a title of its own, or is the post's main text: a chat message shows it.
    titled: bool,
    lead: String,
    blocks: Vec<Block>,
    material: Material,
    /// Last day on which it may stand: the campaign's last, or the last of a fact that it states.
    true_until: NaiveDate,
}

fn read(
    post: &Post,
    campaign: &Campaign,
    ws: &Workspace,
    form: &Form,
    ctx: &RenderContext<'_>,
) -> Result<Source, Vec<RenderFault>> {
    let post_file = format!("campaigns/{}/posts/{}/post.yaml", campaign.id, post.id);
    let overriding = post.texts.own(form);
    let Some(text) = overriding.or(post.texts.main.as_ref()) else {
        return Err(vec![RenderFault::new(
            "text_empty",
            post_file,
            "Bài chưa có nội dung: thêm tệp noi-dung.md.",
            "The post has no text: add noi-dung.md.",
        )]);
    };
    let mut faults = vec![];
    if post.title.contains("{{") {
        faults.push(RenderFault::new(
            "expression_unknown",
            &post_file,
            "Tiêu đề trong post.yaml không dùng được {{…}}.",
            "The title in post.yaml cannot contain {{…}}.",
        ));
    }
    let expanded = expand(text, &ws.facts).map_err(|mut f| {
        f.append(&mut faults);
        f.sort();
        f
    })?;
    let (own_title, body) = split_title(&expanded.body);
    let read = if form.voice == Voice::Script { markdown::read_aloud } else { markdown::read };
    let blocks = read(body).map_err(|e| vec![unreadable(text, e)])?;
    let pictures = markdown::pictures(&blocks);
    let material = match gather(post, campaign, ws, form, ctx, text, &pictures) {
        Ok(m) => m,
        Err(f) => {
            faults.extend(f);
            Material::default()
        }
    };
    let keep = Keep { markup: false, pictures: false, marks: false };
    if flatten(&blocks, keep, &Gallery::new()).is_empty() {
        faults.push(RenderFault::new(
            "text_empty",
            &text.file,
            "Tệp này không có chữ nào để gửi.",
            "There are no words to send in this file.",
        ));
    }
    // However it was written: escaped, as an entity, by way of a fact, in pieces.
    let joined =
        plain(&flatten(&blocks, Keep { markup: false, pictures: false, marks: true }, &Gallery::new()));
    let all = format!("{blocks:?} {material:?} {joined} {own_title:?} {}", post.title);
    if all.contains(MARK) {
        faults.push(RenderFault::new(
            "mark_in_text",
            &text.file,
            format!("Không được viết \"{MARK}\" trong bài: Loa dùng riêng."),
            format!("\"{MARK}\" may not be written: Loa uses it."),
        ));
    }
    let titled = own_title.is_some() || overriding.is_none();
    let mut title = own_title.unwrap_or_else(|| one_line(&post.title));
    if post.class == Class::Advertising && matches!(form.voice, Voice::Mail) && !title.starts_with("[QC]") {
        title = format!("[QC] {title}"); // Decree 91/2020/NĐ-CP: the label stands first
    }
    if title.is_empty() || title.chars().count() > MAX_TITLE {
        faults.push(RenderFault::new(
            "title_length",
            &post_file,
            format!("Tiêu đề phải có chữ và không quá {MAX_TITLE} ký tự."),
            format!("A title has words, at most {MAX_TITLE} characters."),
        ));
    }
    let lead =
        blocks.iter().find_map(|b| if let Block::Para(x) = b { Some(one_line(&words_of(x))) } else { None });
    if faults.is_empty() {
        Ok(Source {
            file: text.file.clone(),
            title,
            titled,
            lead: shorten(&lead.unwrap_or_default(), MAX_LEAD),
            blocks,
            material,
            true_until: fact::stated_in(&text.body)
                .iter()
                .filter_map(|id| ws.facts.get(id)?.valid_to)
                .fold(campaign.end, NaiveDate::min),
        })
    } else {
        faults.sort();
        faults.dedup();
        Err(faults)
    }
}

/// Takes the first line `# …` off a text, as plain words.
fn split_title(body: &str) -> (Option<String>, &str) {
    let body = body.trim_start();
    let (first, rest) = body.split_once('\n').unwrap_or((body, ""));
    let Some(title) = first.strip_prefix("# ") else { return (None, body) };
    let words = markdown::read(title).unwrap_or_default().iter().find_map(|b| {
        if let Block::Para(x) | Block::Heading(_, x) = b { Some(one_line(&words_of(x))) } else { None }
    });
    (Some(words.unwrap_or_else(|| one_line(title))), rest)
}

fn unreadable(text: &Text, e: Unreadable) -> RenderFault {
    match e {
        Unreadable::TooLarge => RenderFault::new(
            "text_too_long",
            &text.file,
            format!("Bài dài quá {} KiB.", markdown::MAX_BYTES / 1024),
            format!("The text has more than {} KiB.", markdown::MAX_BYTES / 1024),
        ),
        Unreadable::TooDeep => RenderFault::new(
            "text_too_deep",
            &text.file,
            "Danh sách, trích dẫn lồng nhau quá nhiều tầng.",
            "Lists and quotations are nested too deeply.",
        ),
    }
}

struct Job<'a> {
    post: &'a Post,
    campaign: &'a Campaign,
    ws: &'a Workspace,
    form: &'a Form,
    ctx: &'a RenderContext<'a>,
    source: &'a Source,
}

impl Job<'_> {
    fn web(&self) -> Result<Rendition, Vec<RenderFault>> {
        let view = ArticleView {
            title: self.source.title.clone(),
            organisation: one_line(self.ctx.organisation),
            body_html: self.body_html(&self.source.blocks, Dress::Site),
            body_text: self.body_text(&self.source.blocks),
            link: self.link().filter(|l| !self.mentions(l)),
            contact: self.contact(),
        };
        let html = self.template("web/article.html", &view)?;
        if html.len() > MAX_ARTICLE {
            return Err(vec![
                self.too_long(format!("{} KiB", html.len() / 1024), format!("{} KiB", MAX_ARTICLE / 1024)),
            ]);
        }
        let text = self.template("web/article.txt", &view)?;
        Ok(self.rendition(text, Some(html)))
    }

    fn mail(&self) -> Result<Rendition, Vec<RenderFault>> {
        let m = &self.source.material;
        let hero = self
            .featured()
            .filter(|_| !m.featured_in_text)
            .and_then(|a| m.gallery.values().find(|s| s.cid == a.cid));
        let body_text = self.body_text(&self.source.blocks);
        let view = MailView {
            title: self.source.title.clone(),
            preheader: shorten(&self.source.lead, 110),
            organisation: one_line(self.ctx.organisation),
            greeting: !greets(&body_text),
            name: MARK_NAME,
            body_html: self.body_html(&self.source.blocks, Dress::Mail),
            hero_html: hero.map(|s| figure(s, Dress::Mail)),
            hero_text: hero.map(super::html::Shown::words),
            body_text,
            link: self.link(),
            basis: self.basis(),
            documents: m
                .attachments
                .iter()
                .filter(|a| a.role == Role::File)
                .map(|a| {
                    if a.alt.is_empty() {
                        a.name.clone()
                    } else {
                        format!("{} ({})", a.alt, kind_and_size(a))
                    }
                })
                .collect(),
            contact: self.contact(),
            duty_phone: self.ctx.duty_phone.map(one_line),
            public_url: self.ctx.public_url.map(str::to_owned),
            opt_out_url: MARK_OPT_OUT_URL,
            opt_out_begin: OPT_OUT_BEGIN,
            opt_out_end: OPT_OUT_END,
        };
        let html = self.template("mail/layout.html", &view)?;
        self.fits_a_mail(&html)?;
        let text = self.template("mail/layout.txt", &view)?;
        Ok(self.rendition(text, Some(html)))
    }

    fn chat(&self) -> Result<Rendition, Vec<RenderFault>> {
        let Some(chat) = self.form.chat else { return Ok(self.rendition(String::new(), None)) };
        let html = chat.markup;
        let keep = Keep { markup: html, pictures: false, marks: true };
        let mut paras = vec![];
        if self.source.titled {
            paras.push(Para::bold(&self.source.title));
        }
        paras.extend(flatten(&self.source.blocks, keep, &self.source.material.gallery));
        if self.post.class == Class::Advertising && !plain(&paras).starts_with("[QC]") {
            paras.insert(0, Para::plain("[QC]"));
        }
        let linked = &self.source.material.linked;
        let unnamed = linked.iter().filter(|(l, _)| !self.mentions(&l.href));
        paras.extend(unnamed.map(|(l, _)| Para::plain(&l.words())));
        let led_to = |link: &String| linked.iter().any(|(l, _)| l.href == *link);
        if let Some(link) = self.link().filter(|l| !self.mentions(l) && !led_to(l)) {
            let view = LineView { organisation: one_line(self.ctx.organisation), link: Some(link) };
            paras.push(Para::plain(self.template("chat/link.txt", &view)?.trim()));
        }
        let rest = chat.text;
        let first = if self.featured().is_some() { chat.caption } else { rest };
        let text = plain(&paras);
        let whole = html.then(|| telegram(&paras));
        let mut parts = pack(paras, first, rest);
        if parts.len() > MAX_PARTS
            && let Some(link) = self.link()
        {
            let view = LineView { organisation: one_line(self.ctx.organisation), link: Some(link) };
            let tail = Para::plain(self.template("chat/link.txt", &view)?.trim());
            parts = cut(parts, MAX_PARTS, rest, tail);
        }
        if parts.len() > MAX_PARTS {
            return Err(vec![self.too_long(
                format!("{} tin", parts.len()),
                format!("{MAX_PARTS} tin, mỗi tin {rest} ký tự"),
            )]);
        }
        let pictures =
            self.source.material.attachments.iter().filter(|a| a.mime.starts_with("image/")).count();
        let album = usize::from(chat.album);
        if album > 1 && pictures > album {
            return Err(vec![RenderFault::new(
                "too_many_pictures",
                format!("campaigns/{}/posts/{}/post.yaml", self.campaign.id, self.post.id),
                format!(
                    "Kênh {} nhận tối đa {album} ảnh trong một bài, bài này có {pictures}. Bớt ảnh, hoặc tách thành hai bài.",
                    self.form.kind
                ),
                format!(
                    "{} takes at most {album} pictures of a post, this one has {pictures}. Leave some out, or make two posts.",
                    self.form.kind
                ),
            )]);
        }
        let mut r = self.rendition(text, whole);
        r.parts = written(&parts, &chat);
        Ok(r)
    }

    /// What is said on air, formulas included, and what the reader sees of it.
    fn lines(&self) -> Result<(Vec<String>, Vec<String>), Vec<RenderFault>> {
        let mut lines = script::lines(&self.source.blocks);
        let view = LineView { organisation: one_line(self.ctx.organisation), link: None };
        let formula = |name: &str| -> Result<Vec<String>, Vec<RenderFault>> {
            let text = self.template(name, &view)?;
            Ok(text.lines().map(one_line).filter(|l| !l.is_empty()).collect())
        };
        if !lines.first().is_some_and(|l| greets(l)) {
            lines.splice(0..0, formula("script/opening.txt")?);
        }
        let thanks = |l: &String| {
            let l = l.to_lowercase();
            l.contains("cảm ơn") || l.contains("cám ơn")
        };
        if !lines.iter().rev().take(2).any(thanks) {
            lines.extend(formula("script/closing.txt")?);
        }
        let hosts: Vec<String> = self.link().iter().filter_map(|l| host(l)).collect();
        let unknown = |u: &script::Unreadable| script::unreadable(&self.source.file, self.body(), u);
        script::spoken(&lines, &self.ws.lexicon, &hosts).map_err(|all| all.iter().map(unknown).collect())
    }

    fn script(&self) -> Result<Rendition, Vec<RenderFault>> {
        let (said, lines) = self.lines()?;
        let seconds = speech::seconds(&said, self.ctx.pace);
        if seconds > MAX_SCRIPT_SECONDS {
            return Err(vec![self.too_long(format!("{seconds} giây"), format!("{MAX_SCRIPT_SECONDS} giây"))]);
        }
        let mut r = self.rendition(lines.join("\n"), None);
        // Where it is played, what counts is how long the recording is.
        r.seconds = Some(self.post.recording.as_ref().map_or(seconds, |own| own.seconds));
        r.attachments.extend(self.post.recording.as_ref().map(|own| super::sheet::recording(&r.title, own)));
        Ok(r)
    }

    fn press(&self) -> Result<Rendition, Vec<RenderFault>> {
        // Editors paste the lead by itself: it is taken off the body where it is the body's whole first paragraph, and says all
        // that stands there: a link is more than its words.
        let blocks = match self.source.blocks.split_first() {
            Some((Block::Para(x), rest))
                if !rest.is_empty() && is_plain(x) && one_line(&words_of(x)) == self.source.lead =>
            {
                rest
            }
            Some(_) | None => &self.source.blocks,
        };
        let files = |pictures: bool| -> Vec<FileView> {
            let of = |a: &&Attachment| a.mime.starts_with("image/") == pictures;
            let all = self.source.material.attachments.iter().filter(of).enumerate();
            all.map(|(i, a)| FileView {
                number: i + 1,
                file: a.name.clone(),
                alt: a.alt.clone(),
                caption: a.caption.clone(),
                size: crate::domain::text::size(a.bytes, crate::domain::text::Lang::Vi),
            })
            .collect()
        };
        let view = PackageView {
            title: self.source.title.clone(),
            lead: self.source.lead.clone(),
            body_html: self.body_html(blocks, Dress::Mail),
            body_text: self.body_text(blocks),
            organisation: one_line(self.ctx.organisation),
            unit: MARK_UNIT,
            code: MARK_CODE,
            hand_over: self.form.package == Some(Package::Site),
            done_by: self.ctx.done_by.map(|d| d.format("%d/%m/%Y").to_string()),
            // A newspaper keeps what it printed; a site takes down what is no longer true.
            remove_after: (self.form.package == Some(Package::Site))
                .then(|| self.source.true_until.format("%d/%m/%Y").to_string()),
            pictures: files(true),
            documents: files(false),
            basis: self.basis(),
            categories: self.post.categories.iter().map(|c| one_line(c)).collect(),
            link: self.link(),
            contact: self.contact(),
            duty_phone: self.ctx.duty_phone.map(one_line),
        };
        let html = self.template("press/package.html", &view)?;
        self.fits_a_mail(&html)?;
        let text = self.template("press/package.txt", &view)?;
        Ok(self.rendition(text, Some(html)))
    }

    /// Gmail measures what arrives: with a name, a unit, a code and an opt-out page as long as they get.
    fn fits_a_mail(&self, html: &str) -> Result<(), Vec<RenderFault>> {
        let long = |n: usize| "Ộ".repeat(n);
        let (name, unit) = (long(LONG_NAME), long(LONG_NAME));
        let url = format!("{}/o/{}", self.ctx.public_url.unwrap_or("https://"), "x".repeat(LONG_TOKEN));
        let longest =
            Merge { name: Some(&name), opt_out_url: Some(&url), code: Some("T-00000000"), unit: Some(&unit) };
        let bytes = merged_html(html, &longest).len();
        if bytes > MAX_MAIL_HTML {
            return Err(vec![self.too_long(format!("{bytes} byte"), format!("{MAX_MAIL_HTML} byte"))]);
        }
        Ok(())
    }

    /// The text that is rendered, as its author sees it.
    fn body(&self) -> &str {
        let t = &self.post.texts;
        let own = t.own(self.form);
        own.or(t.main.as_ref()).map_or("", |t| t.body.as_str())
    }

    fn rendition(&self, text: String, html: Option<String>) -> Rendition {
        let s = self.source;
        Rendition {
            voice: self.form.voice,
            kind: self.form.kind.to_owned(),
            title: s.title.clone(),
            lead: s.lead.clone(),
            text: text.trim_end().to_owned(),
            html: html.map(|h| h.trim_end().to_owned()),
            parts: vec![],
            attachments: s.material.attachments.clone(),
            slug: slug(&s.title, MAX_SLUG),
            link: self.link(),
            categories: self.post.categories.iter().map(|c| one_line(c)).collect(),
            tags: self.post.tags.iter().map(|t| one_line(t)).collect(),
            seconds: None,
            album: self.form.album(),
        }
    }

    fn template(&self, name: &str, view: &impl serde::Serialize) -> Result<String, Vec<RenderFault>> {
        self.ctx.templates.render(name, view).map_err(|f| vec![f])
    }

    fn body_html(&self, blocks: &[Block], dress: Dress) -> String {
        let m = &self.source.material;
        let mut html = fragment(blocks, &m.gallery, dress);
        for shown in &m.loose {
            html.push_str(&figure(shown, dress));
        }
        for (linked, _) in &m.linked {
            html.push_str(&linked.html(dress));
        }
        html.trim_end().to_owned()
    }

    fn body_text(&self, blocks: &[Block]) -> String {
        let m = &self.source.material;
        let keep = Keep { markup: false, pictures: true, marks: true };
        let mut text = plain(&flatten(blocks, keep, &m.gallery));
        for shown in &m.loose {
            text.push_str(&format!("\n\n{}", shown.words()));
        }
        for (linked, _) in &m.linked {
            text.push_str(&format!("\n\n{}", linked.words()));
        }
        text
    }

    fn featured(&self) -> Option<&Attachment> {
        self.source.material.attachments.iter().find(|a| a.role == Role::Featured)
    }

    fn link(&self) -> Option<String> {
        self.post.link.as_deref().and_then(safe_url)
    }

    /// True if the text itself names the address (with or without its scheme), and not one that merely contains it.
    fn mentions(&self, link: &str) -> bool {
        let bare = |s: &str| s.split_once("://").map_or(s, |(_, rest)| rest).trim_end_matches('/').to_owned();
        let keep = Keep { markup: false, pictures: false, marks: true };
        let text = plain(&flatten(&self.source.blocks, keep, &Gallery::new()));
        let around = |c: char| {
            matches!(c, '(' | ')' | '<' | '>' | '"' | '“' | '”' | ',' | ';' | ':' | '!' | '?' | '.')
        };
        text.split_whitespace().any(|word| bare(word.trim_matches(around)) == bare(link))
    }

    fn basis(&self) -> Vec<String> {
        let all = &self.campaign.legal_basis;
        let named = |b: &&crate::domain::campaign::LegalBasis| {
            self.post.attach.is_empty() || self.post.attach.contains(&b.number)
        };
        all.iter().filter(named).map(basis_line).collect()
    }

    fn contact(&self) -> Option<ContactView> {
        let unit =
            self.post.contact.as_ref().or(self.campaign.contact.as_ref()).unwrap_or(&self.campaign.owner);
        let unit = self.ws.units.get(unit)?;
        let field = |s: &Option<String>| s.as_deref().map(one_line).filter(|s| !s.is_empty());
        Some(ContactView {
            unit: one_line(&unit.name),
            name: field(&unit.contact.name),
            phone: field(&unit.contact.phone).or(self.ctx.duty_phone.map(one_line)),
            email: field(&unit.contact.email),
        })
    }

    fn too_long(&self, got: String, most: String) -> RenderFault {
        RenderFault::new(
            "text_too_long",
            &self.source.file,
            format!(
                "Bài quá dài cho {}: {got}, tối đa {most}. Rút gọn hoặc viết một bản riêng cho kênh này.",
                self.form.kind
            ),
            format!(
                "Too long for {}: {got}, at most {most}. Shorten it or write a text for this channel.",
                self.form.kind
            ),
        )
    }
}

/// The host of an address: `hiendienonline.tenmien.vn`.
fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://")?.1;
    let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default().trim_start_matches("www.");
    host.contains('.').then(|| host.to_ascii_lowercase())
}

/// True if the author greets by themself.
fn greets(text: &str) -> bool {
    let start: String = clean(text).trim_start().chars().take(12).collect::<String>().to_lowercase();
    let starts = |all: &[&str]| all.iter().any(|g| start.starts_with(g));
    // "Chào mừng Quốc khánh" greets nobody.
    starts(&["kính gửi", "kính thưa", "kính chào", "thưa ", "chào ", "xin chào", "thân gửi"])
        && !starts(&["chào mừng", "chào đón"])
}
