//! The linter: what a strict editor would say of a post's words. Each rule is a pure function from a text with positions to
//! places in it ([`piece`], [`marks`], [`law`], [`money`], [`sellers`], [`hosts`], [`look`]); here they are asked, and turned into faults of `check`.
//!
//! How bad a rule is stands in the table of codes. `lint:` in `post.yaml` switches a rule off, with a reason.

mod facts;
pub mod hosts;
pub mod law;
pub mod look;
pub mod marks;
pub mod money;
pub mod piece;
mod reading;
pub mod rules;
mod scan;
pub mod sellers;
mod switches;

use std::collections::{BTreeMap, BTreeSet};

use super::Loader;
use super::text::used_by;
use crate::domain::campaign::{Class, Sending, Texts};
use crate::domain::text::nfc;
use crate::domain::unit::Family;
use crate::yaml::{Fault, Node, Say, Severity, Source, Span};
pub(super) use facts::facts;
use hosts::{Kind, Named, Official, Trick};
use law::Spot;
use piece::{Form, Piece, Place, Prose};
use switches::switches;
pub use switches::{Switches, says_something, switch};

/// Most places of a rule that are told of a file.
const MOST: usize = 3;

/// What the rules know of a workspace.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    official: Official,
    names: marks::Names,
    sellers: Vec<sellers::Seller>,
    /// Words of facts, by id: they are printed into posts.
    facts: BTreeMap<String, String>,
}

/// Reads what the rules need out of the registers.
pub(super) fn scene(l: &mut Loader<'_>) -> Scene {
    const FILE: &str = "campaigns/nha-dang-ky.txt";
    let mut sellers = sellers::known();
    if l.files.exists(FILE) {
        match l.files.text(FILE) {
            Ok(s) => sellers.extend(sellers::list(&nfc(s.text()))),
            Err(f) => l.faults.push(*f),
        }
    }
    let ws = &l.ws;
    let own = ws.units.get(l.office.organisation());
    let channels = |u: &'_ crate::domain::unit::Unit| -> Vec<String> {
        let mut out: Vec<String> =
            u.channels.values().flat_map(|c| [c.url.clone(), c.address.clone()]).flatten().collect();
        out.extend(u.contact.email.clone());
        out
    };
    let mut mine: Vec<String> = l.office.public_url().map(str::to_owned).into_iter().collect();
    mine.extend(own.into_iter().flat_map(|u| u.channels.values()).filter_map(|c| c.url.clone()));
    let units: Vec<String> = ws.units.values().flat_map(channels).collect();
    let kit: Vec<String> = ws.kit.values().filter_map(|a| a.url.clone()).collect();
    let sources: Vec<String> = ws.facts.values().filter_map(|f| f.source.clone()).collect();
    let official = Official::new(Named { own: &mine, units: &units, kit: &kit, sources: &sources });
    let names = marks::Names::new(
        ws.units.values().map(|u| u.name.as_str()).chain(ws.closed.values().map(|c| c.name.as_str())),
    );
    let facts = ws.facts.values().map(|f| (f.id.to_string(), nfc(&f.text))).collect();
    Scene { official, names, sellers, facts }
}

/// Something a rule found.
struct Found {
    code: &'static str,
    at: Place,
    say: Say,
    fix: Say,
    /// It may be another thing: told, and stops nothing.
    unsure: bool,
}

/// A text and what is known of it.
struct Look<'a> {
    scene: &'a Scene,
    class: Class,
    piece: Piece,
    out: Vec<Found>,
}

fn say(vi: impl Into<String>, en: impl Into<String>) -> Say {
    Say::new(vi, en)
}

impl Look<'_> {
    fn put(&mut self, code: &'static str, at: Place, what: Say, fix: Say) {
        self.out.push(Found { code, at, say: what, fix, unsure: false });
    }

    fn words(&mut self, title: bool) {
        for (line, column) in std::mem::take(&mut self.piece.turned) {
            self.put(
                "L004",
                (line, column, 1),
                say("có ký tự ẩn làm chữ hiện ngược", "a hidden character turns the text around"),
                say("Xóa ký tự này: loa check --fix", "Remove it: loa check --fix"),
            );
        }
        let blocks = std::mem::take(&mut self.piece.blocks);
        let mut seen: Option<marks::Style> = None;
        let mut mixed = false;
        for b in &blocks {
            if let Some((at, w)) = marks::bare(b, title) {
                self.put(
                    "L001",
                    b.place(at, w),
                    say("chữ tiếng Việt ở đây không có dấu", "Vietnamese without its marks"),
                    say(
                        "Gõ lại có dấu: người đọc dễ hiểu sai, máy đọc loa đọc sai.",
                        "Type it with its marks.",
                    ),
                );
            }
            for (at, w, written, right) in self.scene.names.misspelt(b) {
                self.put(
                    "L002",
                    b.place(at, w),
                    say(
                        format!("danh sách đơn vị viết là “{right}”"),
                        format!("the register writes “{right}”"),
                    ),
                    say(format!("Sửa “{written}” thành “{right}”."), format!("Write “{right}”.")),
                );
            }
            for (at, word, style) in self.scene.names.styles(b) {
                if *seen.get_or_insert(style) != style && !std::mem::replace(&mut mixed, true) {
                    self.put(
                        "L003",
                        b.place(at, word.chars().count()),
                        say(
                            "dấu thanh đặt khác các chữ ở trên (hòa, hoà)",
                            "the tone stands elsewhere than above (hòa, hoà)",
                        ),
                        say("Chọn một cách cho cả tệp.", "Choose one way for the whole file."),
                    );
                }
            }
            self.letters(b, title);
            self.law(b);
        }
        self.piece.blocks = blocks;
    }

    fn letters(&mut self, b: &Prose, title: bool) {
        if let Some((at, w)) = marks::foreign(b) {
            let word = b.cut(at, w);
            self.put(
                "L005",
                b.place(at, w),
                say(
                    format!("trong “{word}” có chữ của bảng chữ cái khác, chỉ nhìn giống"),
                    format!("“{word}” has letters of another alphabet that only look right"),
                ),
                say("Gõ lại từ này bằng bộ gõ tiếng Việt.", "Type the word again."),
            );
        }
        if let Some((at, w)) = look::capitals(b).filter(|_| !title) {
            self.put(
                "L050",
                b.place(at, w),
                say("cả cụm viết hoa, đọc như quát", "a row of capitals shouts"),
                say(
                    "Viết chữ thường; cần nhấn mạnh thì dùng **chữ đậm**.",
                    "Write lower case; for weight use **bold**.",
                ),
            );
        }
        if let Some((at, w)) = look::marks(b) {
            self.put(
                "L051",
                b.place(at, w),
                say("nhiều dấu chấm than liền nhau", "several exclamation marks"),
                say("Để một dấu, hoặc dùng dấu chấm.", "One is enough."),
            );
        }
        if let Some((at, w)) = look::emoji(b) {
            self.put(
                "L052",
                b.place(at, w),
                say("một dãy biểu tượng cảm xúc", "a row of emoji"),
                say(
                    "Để một biểu tượng, hoặc bỏ: máy đọc cho người khiếm thị đọc tên từng hình.",
                    "Keep one: screen readers read each by name.",
                ),
            );
        }
    }

    fn law(&mut self, b: &Prose) {
        if self.class == Class::Internal {
            return;
        }
        let class = say(
            "Là tin quảng cáo thì ghi   class: advertising   (Loa tự gắn nhãn [QC]); không thì viết lại câu này.",
            "If it advertises, write   class: advertising   (the label is set); else rewrite it.",
        );
        let fact = say(
            "Ghi điều này vào campaigns/facts.yaml kèm căn cứ, rồi viết {{fact \"mã\"}}. Xem: loa fact list",
            "Put it into campaigns/facts.yaml with its basis, then write {{fact \"id\"}}. See: loa fact list",
        );
        type Rule = fn(&Prose) -> Vec<Spot>;
        let rules: [(&'static str, Rule, Say, &Say); 4] = [
            (
                "L010",
                law::selling,
                say("lời mời mua trong tin chính sách", "words that sell, in policy information"),
                &class,
            ),
            (
                "L011",
                law::labels,
                say(
                    "có nhãn quảng cáo mà bài không ghi là quảng cáo",
                    "an advertiser's label in a post that is none",
                ),
                &class,
            ),
            (
                "L013",
                money::prices,
                say("số tiền viết thẳng trong bài", "a sum of money written into the text"),
                &fact,
            ),
            (
                "L014",
                money::free,
                say(
                    "lời hứa miễn phí, tặng, giảm phí viết thẳng trong bài",
                    "a promise that it is free or cheaper, written into the text",
                ),
                &fact,
            ),
        ];
        for (code, rule, what, fix) in rules {
            if self.class == Class::Advertising && matches!(code, "L010" | "L011") {
                continue;
            }
            for (at, w) in rule(b) {
                self.put(code, b.place(at, w), what.clone(), fix.clone());
            }
        }
    }

    fn links(&mut self, formatted: bool) {
        for l in std::mem::take(&mut self.piece.links) {
            let at = l.at;
            if l.fact {
                // What a fact says stands in its register; a deceit is stopped here, too.
                if let Kind::LooksLike(..) = self.scene.official.kind(&l.target) {
                    self.address(&l.target, at);
                }
                continue;
            }
            if l.form == Form::Picture {
                // What it shows may stand in post.yaml, or in the kit; without any words at all rendering refuses it.
                let elsewhere = l.text.is_empty();
                if !elsewhere && look::is_no_description(&l.text) {
                    self.put(
                        "L030",
                        at,
                        say(
                            "lời mô tả không cho biết ảnh vẽ gì",
                            "the description does not say what the picture shows",
                        ),
                        no_alt(),
                    );
                }
                continue;
            }
            let kind = self.scene.official.kind(&l.target);
            if l.form != Form::Code || kind != Kind::Unknown {
                self.address(&l.target, at);
            }
            // Who leads to a stranger may not say an official address beside it.
            let official = |h: &String| self.scene.official.knows(h);
            let beside = kind != Kind::Fine && look::names_others(&l).iter().any(official);
            if look::deceives(&l) || beside {
                self.put(
                    "L022",
                    at,
                    say(
                        format!("chữ ghi “{}” mà dẫn tới {}", l.text.trim(), l.target),
                        format!("it says “{}” and leads to {}", l.text.trim(), l.target),
                    ),
                    say("Sửa cho chữ và địa chỉ là một.", "Make words and address one."),
                );
            }
            // A number or an address to write to is its own name.
            let called = l.target.starts_with("tel:") || l.target.starts_with("mailto:");
            if l.form == Form::Words && !called && look::says_nothing(&l.text) {
                self.put(
                    "L024",
                    at,
                    say(
                        format!("“{}” không cho biết đường dẫn tới đâu", l.text.trim()),
                        format!("“{}” does not say where it leads", l.text.trim()),
                    ),
                    say(
                        "Viết tên trang sẽ mở, như [danh sách nhà đăng ký](…).",
                        "Name what opens, such as [list of registrars](…).",
                    ),
                );
            }
            if formatted && (l.form == Form::Bare || l.form == Form::Words && l.text.contains("://")) {
                self.put(
                    "L025",
                    at,
                    say("địa chỉ để trần trong thư, trên trang", "a bare address in a mail or on a page"),
                    say(
                        "Viết [tên trang](địa chỉ), hoặc bỏ https:// cho dễ đọc.",
                        "Write [name](address), or leave https:// out.",
                    ),
                );
            }
        }
    }

    fn address(&mut self, target: &str, at: Place) {
        let code = match self.scene.official.kind(target) {
            Kind::Fine => return,
            Kind::LooksLike(like, trick) => {
                let (vi, en) = match trick {
                    Trick::Subdomain => (
                        "tên chính thức chỉ nằm ở đầu, miền thật đứng sau",
                        "the official name only stands before the real domain",
                    ),
                    Trick::User => {
                        ("phần trước dấu @ không phải địa chỉ", "what stands before the @ is no address")
                    }
                    Trick::Spelling => (
                        "sai một, hai chữ so với địa chỉ chính thức",
                        "a letter or two differ from the official one",
                    ),
                    Trick::Ending => ("tên giống, đuôi khác", "the same name with another ending"),
                    Trick::Joined => (
                        "bỏ dấu chấm, hoặc thay bằng dấu khác, cho giống địa chỉ chính thức",
                        "its dots left out or changed so that it looks official",
                    ),
                    Trick::Letters => (
                        "có chữ của bảng chữ cái khác trông giống",
                        "letters of another alphabet that look alike",
                    ),
                };
                let what = say(format!("giả giống {like}: {vi}"), format!("looks like {like}: {en}"));
                return self.put(
                    "L020",
                    at,
                    what,
                    say("Chép lại địa chỉ từ trang chính thức.", "Copy the address from the official page."),
                );
            }
            Kind::Short => {
                let what = say(
                    "đường dẫn rút gọn, không ai biết dẫn tới đâu",
                    "a shortened link hides where it leads",
                );
                return self.put("L023", at, what, say("Viết địa chỉ đầy đủ.", "Write the whole address."));
            }
            Kind::Unknown => "L021",
        };
        self.put(
            code,
            at,
            say("không phải địa chỉ chính thức mà Loa biết", "no official address that Loa knows"),
            say("Dùng trang của cơ quan; trang đáng tin thì ghi làm nguồn (source) của một thông tin trong facts.yaml.", "Use an official page; a trusted one can stand as source of a fact."),
        );
    }
}

fn no_alt() -> Say {
    say(
        "Viết một câu: ảnh vẽ gì, ghi gì. Người khiếm thị và hộp thư chặn ảnh chỉ có câu này.",
        "Say in a sentence what it shows: it is all that some readers get.",
    )
}

/// Asks every rule about a post; what its file switches off comes back, for rules about what is made of it.
pub(super) fn post(
    l: &mut Loader<'_>,
    (tree, source): (&Node, &Source),
    (texts, sources): (&Texts, &[Source]),
    sendings: &[Sending],
    class: Class,
) -> Switches {
    let scene = std::mem::take(&mut l.scene);
    let mut found: Vec<(Found, Option<Span>, &Source)> = vec![];
    let families: BTreeSet<Family> = sendings.iter().map(|s| s.family).collect();
    let look = |piece: Piece| Look { scene: &scene, class, piece, out: vec![] };
    let fact = |id: &str| scene.facts.get(id).cloned();
    let mut title_is_subject = false;
    for s in sources {
        let mut k = look(Piece::of(&nfc(s.text()), &fact));
        let uses = |f: Family| families.contains(&f) && used_by(texts, f).iter().any(|t| t.file == s.file);
        k.words(false);
        k.registrars();
        k.links(uses(Family::Email) || uses(Family::Website));
        if uses(Family::Email) {
            match s.text().trim_start().lines().next().and_then(|x| x.strip_prefix("# ")) {
                Some(own) => k.subject(&nfc(own.trim()), 2),
                None => title_is_subject = true,
            }
        }
        found.extend(k.out.into_iter().map(|f| (f, None, s)));
    }
    let mut scalar = |text: &str, span: Span, title: bool, subject: bool| {
        let mut k = look(Piece::plain(&nfc(text)));
        k.words(title);
        k.registrars();
        k.links(false);
        if subject {
            k.subject(&nfc(text.trim()), 0);
        }
        found.extend(k.out.into_iter().map(|f| (f, Some(span), source)));
    };
    if let Some(n) = tree.get("title")
        && let Some(t) = n.text()
    {
        scalar(t, n.span, true, title_is_subject);
    }
    if let Some(n) = tree.get("link")
        && let Some(t) = n.text()
    {
        scalar(t, n.span, false, false);
    }
    // They are printed under an article.
    for n in tree.list("tags").iter().chain(tree.list("categories")) {
        if let Some(t) = n.text() {
            scalar(t, n.span, true, false);
        }
    }
    for a in tree.list("assets") {
        for key in ["alt", "caption"] {
            let Some(n) = a.get(key) else { continue };
            let Some(t) = n.text() else { continue };
            scalar(t, n.span, true, false);
        }
    }
    for (n, alt) in alts(l, tree) {
        if look::is_no_description(&alt) {
            let f = Found {
                code: "L030",
                at: (0, 0, 1),
                say: say(
                    "lời mô tả không cho biết ảnh vẽ gì",
                    "the description does not say what the picture shows",
                ),
                fix: no_alt(),
                unsure: false,
            };
            found.push((f, Some(n.span), source));
        }
    }
    l.scene = scene;
    let off = switches(l, tree, source, &found.iter().map(|(f, _, _)| f.code).collect());
    found.retain(|(f, _, _)| !off.contains_key(f.code));
    tell(l, found);
    off
}

impl Look<'_> {
    fn registrars(&mut self) {
        if matches!(self.class, Class::Internal | Class::Advertising) {
            return;
        }
        for t in sellers::named(&self.piece, &self.scene.sellers) {
            self.put(
                "L012",
                t.at,
                say(
                    format!("nêu riêng nhà đăng ký {} trong tin chính sách", t.name),
                    format!("names the registrar {} in policy information", t.name),
                ),
                say(
                    "Chỉ tới danh sách chung: vnnic.vn/nhadangky",
                    "Point to the list of all: vnnic.vn/nhadangky",
                ),
            );
            if let Some(f) = self.out.last_mut() {
                f.unsure = !t.sure;
            }
        }
    }

    fn subject(&mut self, title: &str, column: usize) {
        let n = title.chars().count();
        let at = (0, column, n.max(1));
        if n > look::SUBJECT {
            let (vi, en) = (
                format!("tiêu đề thư dài {n} ký tự, hộp thư chỉ hiện chừng {}", look::SUBJECT),
                format!("a subject of {n} characters; mailboxes show some {}", look::SUBJECT),
            );
            self.put(
                "L040",
                at,
                say(vi, en),
                say(
                    "Rút gọn, hoặc viết tiêu đề riêng cho thư ở dòng đầu thu.md:   # Tiêu đề ngắn",
                    "Shorten it, or give the mail its own in the first line of thu.md:   # Short subject",
                ),
            );
        }
        if look::all_capitals(title) {
            self.put(
                "L041",
                at,
                say(
                    "tiêu đề thư viết hoa cả dòng, dễ bị coi là thư rác",
                    "a subject in capitals is taken for spam",
                ),
                say("Viết hoa chữ đầu câu thôi.", "Capitalise the first word only."),
            );
        }
    }
}

/// Descriptions of the pictures of a post, as it or the kit gives them, with the place to speak of.
fn alts<'t>(l: &Loader<'_>, tree: &'t Node) -> Vec<(&'t Node, String)> {
    let of = |a: &'t Node| {
        if a.get("file").is_some() {
            let alt = a.get("alt")?;
            return Some((alt, alt.text()?.to_owned()));
        }
        let kit = a.get("kit")?;
        let asset = l.ws.kit.get(kit.text()?).filter(|k| k.is_image())?;
        match a.get("alt").and_then(|n| Some((n, n.text()?))) {
            Some((n, alt)) => Some((n, alt.to_owned())),
            None => Some((kit, asset.alt.clone()?)),
        }
    };
    tree.list("assets").iter().filter_map(of).collect()
}

fn tell(l: &mut Loader<'_>, found: Vec<(Found, Option<Span>, &Source)>) {
    // One slip, one message: what cannot be read is not judged as well.
    let wrong: BTreeSet<(String, usize)> =
        l.faults.iter().filter(|f| f.severity == Severity::Error).map(|f| (f.file.clone(), f.line)).collect();
    let line = |f: &Found, span: &Option<Span>| span.map_or(f.at.0 + 1, |s| s.line);
    let found: Vec<_> =
        found.into_iter().filter(|(f, span, s)| !wrong.contains(&(s.file.clone(), line(f, span)))).collect();
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let mut total: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for (f, _, s) in &found {
        *total.entry((s.file.clone(), f.code)).or_default() += 1;
    }
    for (f, span, s) in found {
        let key = (s.file.clone(), f.code);
        let n = counts.entry(key.clone()).or_default();
        *n += 1;
        if *n > MOST {
            continue;
        }
        let span = span.unwrap_or_else(|| Span::on(f.at.0 + 1, f.at.1 + 1, f.at.2));
        let mut fault = fault(&composed(s), &f, span);
        let more = total[&key].saturating_sub(MOST);
        if *n == MOST && more > 0 {
            fault =
                fault.why(format!("Còn {more} chỗ nữa trong tệp này."), format!("{more} more in this file."));
        }
        l.faults.push(fault);
    }
}

/// The file in NFC: places are counted in it.
fn composed(s: &Source) -> Source {
    Source::new(s.file.clone(), &nfc(s.text()))
}

fn fault(source: &Source, f: &Found, span: Span) -> Fault {
    let listed = super::codes::find(f.code).map_or(Severity::Warning, |c| c.severity);
    let severity = if f.unsure { Severity::Warning } else { listed };
    let off = switch(f.code);
    source
        .fault(f.code, severity, span, f.say.clone())
        .fix(format!("{}\n{}", f.fix.vi, off.vi), format!("{}\n{}", f.fix.en, off.en))
}
