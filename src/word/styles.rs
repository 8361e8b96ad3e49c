//! What paragraphs and runs inherit (`styles.xml`), and how lists are numbered (`numbering.xml`).

use std::collections::BTreeMap;

use super::package::Relations;
use super::xml::Node;
use crate::domain::text::fold;

/// Longest chain of styles that is followed.
const CHAIN: usize = 16;
/// Longest name of a style or a font, and longest text of a list's mark, in bytes: they are repeated with every paragraph.
const NAME: usize = 255;
/// Levels of a list.
const LEVELS: usize = 9;

/// A style.
#[derive(Debug, Default)]
pub struct Style {
    /// Its name, folded: `heading 1`, `caption`.
    pub name: String,
    based: Option<String>,
    level: Option<usize>,
    list: Option<(String, usize)>,
    own: Says,
}

/// What a style says of letters.
#[derive(Debug, Default)]
struct Says {
    bold: Option<bool>,
    italic: Option<bool>,
    struck: Option<bool>,
    hidden: Option<bool>,
    raised: Option<Option<Raised>>,
    font: Option<String>,
}

/// Above or below the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// Superscript.
    High,
    /// Subscript.
    Low,
}

/// How letters look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dress {
    /// Bold.
    pub bold: bool,
    /// Italic.
    pub italic: bool,
    /// Struck through.
    pub struck: bool,
    /// Not shown.
    pub hidden: bool,
    /// Set high or low.
    pub raised: Option<Raised>,
    /// The font's name.
    pub font: Option<String>,
}

impl Says {
    fn of(dress: Option<&Node>) -> Self {
        let Some(d) = dress else { return Self::default() };
        let struck = [d.switch("strike"), d.switch("dstrike")];
        Self {
            bold: d.switch("b"),
            italic: d.switch("i"),
            struck: struck.iter().any(Option::is_some).then(|| struck.contains(&Some(true))),
            hidden: d.switch("vanish"),
            raised: d.value("vertAlign").map(|v| match v {
                "superscript" => Some(Raised::High),
                "subscript" => Some(Raised::Low),
                _ => None,
            }),
            font: font_of(d),
        }
    }
}

/// A level of a list.
#[derive(Clone, Debug, Default)]
struct Level {
    format: String,
    text: String,
    start: u32,
    /// Its mark is a blank.
    blank: bool,
}

/// Parts of the package that the body refers to.
#[derive(Debug, Default)]
pub struct Parts {
    /// Relations of the document.
    pub relations: Relations,
    /// Relations of its footnotes and of its endnotes.
    pub notes: [Relations; 2],
    styles: BTreeMap<String, Style>,
    default: Option<String>,
    /// What the document says of all letters.
    all: Says,
    levels: BTreeMap<(String, usize), Level>,
    /// Levels of a list that differ from those of its kind.
    own: BTreeMap<(String, usize), Level>,
    lists: BTreeMap<String, String>,
    starts: BTreeMap<(String, usize), u32>,
}

fn font_of(dress: &Node) -> Option<String> {
    let f = dress.child("rFonts")?;
    f.attribute("ascii")
        .or_else(|| f.attribute("hAnsi"))
        .or_else(|| f.attribute("cs"))
        .filter(|n| n.len() <= NAME)
        .map(str::to_owned)
}

fn list_of(p: &Node) -> Option<(String, usize)> {
    let n = p.child("numPr")?;
    let level = n.value("ilvl").and_then(|x| x.parse().ok()).unwrap_or(0);
    Some((n.value("numId").filter(|id| id.len() <= NAME)?.to_owned(), level))
}

fn level_of(l: &Node) -> Option<(usize, Level)> {
    let at = l.attribute("ilvl")?.parse().ok()?;
    let text = l.value("lvlText").unwrap_or_default();
    let level = Level {
        blank: !text.is_empty() && text.trim().is_empty() && l.child("lvlPicBulletId").is_none(),
        format: l.value("numFmt").unwrap_or("decimal").to_owned(),
        text: l.value("lvlText").filter(|t| t.len() <= NAME).unwrap_or_default().to_owned(),
        start: l.value("start").and_then(|x| x.parse().ok()).unwrap_or(1),
    };
    Some((at, level))
}

impl Parts {
    /// Reads `styles.xml` and `numbering.xml`, where they are.
    pub fn new(relations: Relations, styles: Option<&Node>, numbering: Option<&Node>) -> Self {
        let mut out = Parts { relations, ..Parts::default() };
        if let Some(root) = styles {
            out.all = Says::of(root.child("docDefaults").and_then(|d| d.child("rPrDefault")?.child("rPr")));
            for s in root.named("style") {
                let Some(id) = s.attribute("styleId") else { continue };
                let own = s.child("pPr");
                if s.attribute("default") == Some("1") && s.attribute("type") == Some("paragraph") {
                    out.default = Some(id.to_owned());
                }
                let style = Style {
                    name: fold(s.value("name").filter(|n| n.len() <= NAME).unwrap_or_default()),
                    based: s.value("basedOn").map(str::to_owned),
                    level: own.and_then(|p| p.value("outlineLvl")?.parse().ok()),
                    list: own.and_then(list_of),
                    own: Says::of(s.child("rPr")),
                };
                out.styles.insert(id.to_owned(), style);
            }
        }
        if let Some(root) = numbering {
            out.number(root);
        }
        out
    }

    fn number(&mut self, root: &Node) {
        // Kinds of lists that stand in a style: by its id, and those that only refer to it.
        let (mut styled, mut linked) = (BTreeMap::new(), BTreeMap::new());
        for a in root.named("abstractNum") {
            let id = a.attribute("abstractNumId").unwrap_or_default();
            if let Some(style) = a.value("styleLink") {
                styled.insert(style, id);
            }
            if let Some(style) = a.value("numStyleLink") {
                linked.insert(id, style);
            }
            for l in a.named("lvl") {
                if let Some((at, level)) = level_of(l) {
                    self.levels.insert((id.to_owned(), at), level);
                }
            }
        }
        for n in root.named("num") {
            let (Some(id), Some(of)) = (n.attribute("numId"), n.value("abstractNumId")) else { continue };
            let of = linked.get(of).and_then(|style| styled.get(style)).copied().unwrap_or(of);
            self.lists.insert(id.to_owned(), of.to_owned());
            for o in n.named("lvlOverride") {
                let Some(at) = o.attribute("ilvl").and_then(|x| x.parse().ok()) else { continue };
                // What a level of its own starts at is where its kind would start: only this begins anew.
                let start = o.value("startOverride").and_then(|x| x.parse().ok());
                if let Some((_, level)) = o.child("lvl").and_then(level_of) {
                    self.own.insert((id.to_owned(), at), level);
                }
                if let Some(start) = start {
                    self.starts.insert((id.to_owned(), at), start);
                }
            }
        }
    }

    /// A level of a list: its own, else that of its kind.
    fn counted(&self, list: &str, of: &str, at: usize) -> Option<&Level> {
        self.own.get(&(list.to_owned(), at)).or_else(|| self.levels.get(&(of.to_owned(), at)))
    }

    /// What a style or one that it is based on says.
    fn inherited<T>(&self, id: Option<&str>, says: impl Fn(&Style) -> Option<T>) -> Option<T> {
        let mut at = id;
        for _ in 0..CHAIN {
            let style = self.styles.get(at?)?;
            if let Some(x) = says(style) {
                return Some(x);
            }
            at = style.based.as_deref();
        }
        None
    }

    /// The style of a paragraph: its own, else the default one.
    pub fn paragraph<'a>(&'a self, p: &'a Node) -> Option<&'a str> {
        p.child("pPr").and_then(|x| x.value("pStyle")).or(self.default.as_deref())
    }

    /// The folded name of a style.
    pub fn name(&self, style: Option<&str>) -> &str {
        style.and_then(|s| self.styles.get(s)).map_or("", |s| s.name.as_str())
    }

    /// The outline level of a paragraph, from 0: its own, else its style's.
    pub fn level(&self, p: &Node, style: Option<&str>) -> Option<usize> {
        let own = p.child("pPr").and_then(|x| x.value("outlineLvl")?.parse().ok());
        let named = || self.name(style).strip_prefix("heading ")?.parse::<usize>().ok()?.checked_sub(1);
        own.or_else(|| self.inherited(style, |s| s.level)).or_else(named).filter(|l| *l < LEVELS)
    }

    /// The list a paragraph stands in, and its level there.
    pub fn list(&self, p: &Node, style: Option<&str>) -> Option<(String, usize)> {
        let own = p.child("pPr").and_then(list_of);
        own.or_else(|| self.inherited(style, |s| s.list.clone()))
            .filter(|(id, level)| id != "0" && *level < LEVELS)
    }

    /// True if a style of tables hides what they hold.
    pub fn hides(&self, style: Option<&str>) -> bool {
        self.inherited(style, |s| s.own.hidden).unwrap_or(false)
    }

    /// How a run looks: as it says itself, else as its style, the paragraph's or the document does. Hidden and struck is what
    /// either style says: the safe way where programs differ.
    pub fn dress(&self, r: &Node, paragraph: Option<&str>) -> Dress {
        let direct = Says::of(r.child("rPr"));
        let run = r.child("rPr").and_then(|d| d.value("rStyle"));
        let first = |own: Option<bool>, says: fn(&Says) -> Option<bool>| {
            own.or_else(|| self.styled(run, paragraph, says)).unwrap_or(false)
        };
        let either = |own: Option<bool>, says: fn(&Says) -> Option<bool>| {
            let of = |id| self.inherited(id, |s| says(&s.own));
            own.unwrap_or_else(|| [of(run), of(paragraph), says(&self.all)].contains(&Some(true)))
        };
        Dress {
            bold: first(direct.bold, |s| s.bold),
            italic: first(direct.italic, |s| s.italic),
            struck: either(direct.struck, |s| s.struck),
            hidden: either(direct.hidden, |s| s.hidden),
            raised: direct.raised.or_else(|| self.styled(run, paragraph, |s| s.raised)).flatten(),
            font: direct.font.or_else(|| self.styled(run, paragraph, |s| s.font.clone())),
        }
    }

    /// What the style of a run says, else that of its paragraph, else the document.
    fn styled<T>(
        &self,
        run: Option<&str>,
        paragraph: Option<&str>,
        says: impl Fn(&Says) -> Option<T>,
    ) -> Option<T> {
        let of = |id| self.inherited(id, |s| says(&s.own));
        of(run).or_else(|| of(paragraph)).or_else(|| says(&self.all))
    }
}

/// What stands before a paragraph of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A bullet.
    Bullet,
    /// `3.` or `3)`: the number and its sign.
    Number(u32, char),
    /// `a)`, `1.2.`, `IV.`, `Điều 3.`: Markdown has no such list, so it is written out.
    Written(String),
    /// Nothing.
    Bare,
}

/// Counts lists as Word does.
#[derive(Debug, Default)]
pub struct Counters {
    at: BTreeMap<(String, usize), u32>,
    started: std::collections::BTreeSet<String>,
}

impl Counters {
    /// The mark of the next paragraph at a level of a list.
    pub fn next(&mut self, parts: &Parts, (list, level): (&str, usize)) -> Mark {
        let Some(of) = parts.lists.get(list) else { return Mark::Bullet };
        if self.started.insert(list.to_owned()) {
            for l in 0..LEVELS {
                if let Some(start) = parts.starts.get(&(list.to_owned(), l)) {
                    self.at.insert((of.clone(), l), start.saturating_sub(1));
                }
            }
        }
        // A bullet of its own in a list of numbers takes none of them.
        if parts.own.get(&(list.to_owned(), level)).is_some_and(|l| l.format == "bullet") {
            return Mark::Bullet;
        }
        let start = |l: usize| parts.counted(list, of, l).map_or(1, |x| x.start);
        let n = self.at.entry((of.clone(), level)).or_insert_with(|| start(level).saturating_sub(1));
        *n = n.saturating_add(1);
        for deeper in level + 1..LEVELS {
            self.at.remove(&(of.clone(), deeper));
        }
        let Some(own) = parts.counted(list, of, level) else { return Mark::Bullet };
        match own.format.as_str() {
            // Pandoc gives the next paragraph of an item a blank for a bullet.
            "bullet" if own.blank => return Mark::Bare,
            "bullet" => return Mark::Bullet,
            "none" => return Mark::Bare,
            _ => {}
        }
        let mut text = own.text.clone();
        for l in 0..=level {
            let count = self.at.get(&(of.clone(), l)).copied().unwrap_or_else(|| start(l));
            let format = parts.counted(list, of, l).map_or("decimal", |x| x.format.as_str());
            text = text.replace(&format!("%{}", l + 1), &formatted(count, format));
        }
        let text = text.trim();
        let sign = text.chars().next_back().filter(|c| matches!(c, '.' | ')'));
        let number = sign.and_then(|s| Some((text.strip_suffix(s)?.parse::<u32>().ok()?, s)));
        match number.filter(|(n, _)| *n < 1000) {
            Some((n, sign)) if own.format == "decimal" => Mark::Number(n, sign),
            _ if text.is_empty() => Mark::Bare,
            Some(_) | None => Mark::Written(text.to_owned()),
        }
    }
}

/// `3` as `3`, `03`, `c`, `C`, `iii`, `III`.
fn formatted(n: u32, format: &str) -> String {
    let letter = |n: u32| {
        let c = char::from(b'a' + ((n.max(1) - 1) % 26) as u8);
        c.to_string().repeat((n.max(1) - 1) as usize / 26 % 4 + 1)
    };
    match format {
        "lowerLetter" => letter(n),
        "upperLetter" => letter(n).to_uppercase(),
        "lowerRoman" => roman(n).to_lowercase(),
        "upperRoman" => roman(n),
        "decimalZero" => format!("{n:02}"),
        _ => n.to_string(),
    }
}

fn roman(n: u32) -> String {
    const SIGNS: [(u32, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let (mut n, mut out) = (n.min(3999), String::new());
    for (value, sign) in SIGNS {
        while n >= value {
            out.push_str(sign);
            n -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::xml::tree;
    use super::*;

    #[test]
    fn numbers_are_written_as_word_shows_them() {
        for (n, format, wanted) in [
            (3, "decimal", "3"),
            (3, "lowerLetter", "c"),
            (28, "lowerLetter", "bb"),
            (4, "upperRoman", "IV"),
            (1949, "lowerRoman", "mcmxlix"),
            (7, "decimalZero", "07"),
        ] {
            assert_eq!(formatted(n, format), wanted);
        }
    }

    #[test]
    fn lists_count_by_level_and_start_where_they_are_told() {
        let lvl = |at: u8, format: &str, text: &str| {
            format!("<lvl ilvl='{at}'><numFmt val='{format}'/><lvlText val='{text}'/></lvl>")
        };
        let xml = format!(
            "<numbering><abstractNum abstractNumId='1'>{}{}{}</abstractNum><abstractNum abstractNumId='2'>{}</abstractNum>\
             <num numId='1'><abstractNumId val='1'/></num><num numId='2'><abstractNumId val='1'/><lvlOverride ilvl='0'>\
             <startOverride val='5'/></lvlOverride></num><num numId='3'><abstractNumId val='2'/></num></numbering>",
            lvl(0, "decimal", "%1."),
            lvl(1, "lowerLetter", "%2)"),
            lvl(2, "decimal", "%1.%3."),
            lvl(0, "bullet", "\u{f0b7}"),
        );
        let parts = Parts::new(Relations::new(), None, Some(&tree(xml.as_bytes()).unwrap()));
        let mut c = Counters::default();
        let mut next = |list: &str, level| c.next(&parts, (list, level));
        assert_eq!(next("1", 0), Mark::Number(1, '.'));
        assert_eq!(next("1", 1), Mark::Written("a)".into()));
        assert_eq!(next("1", 1), Mark::Written("b)".into()));
        assert_eq!(next("1", 2), Mark::Written("1.1.".into()));
        assert_eq!(next("1", 0), Mark::Number(2, '.'));
        assert_eq!(next("1", 1), Mark::Written("a)".into()));
        assert_eq!(next("2", 0), Mark::Number(5, '.'));
        assert_eq!(next("3", 0), Mark::Bullet);
        assert_eq!(next("khong-co", 0), Mark::Bullet);
    }
}
