//! Pictures and the words that belong to them, wherever in a text or a table both stand.

use super::body::{Block, Kind};
use super::marks::clean_line;
use super::package::Package;
use super::pictures::Shot;
use super::{MAX_PICTURES, Picture, Refused};

/// Longest words of a picture that do not say that they are, in characters.
const CAPTION: usize = 200;

/// Finds the words of pictures: those below them; those above, where such words come first and a picture last. They are put
/// behind their picture.
pub fn find(blocks: &mut [Block]) {
    let is_picture = |b: &Block| matches!(b.kind, Kind::Picture(..));
    let mut at = 0;
    while at < blocks.len() {
        if let Kind::Table(rows) = &mut blocks[at].kind {
            paired(rows);
            rows.iter_mut().flatten().for_each(|c| find(c));
        }
        let run = blocks[at..].iter().take_while(|b| is_picture(b) || b.label).count();
        let row = &mut blocks[at..at + run];
        // A source stands below what it is the source of.
        let above = run > 1
            && row[0].label
            && !row[0].plain.to_lowercase().starts_with("nguồn")
            && is_picture(&row[run - 1]);
        for i in 1..run {
            if above && row[i - 1].label && is_picture(&row[i]) {
                row.swap(i - 1, i);
                row[i].caption();
            } else if !above && is_picture(&row[i - 1]) && row[i].label {
                row[i].caption();
            }
        }
        at += run.max(1);
    }
}

/// Rows of pictures with their words in the row below, or above: the words are put into the cells of their pictures. `Hình 1. …`
/// says what it is; other short words are a picture's where all of the table is made of such pairs.
fn paired(rows: &mut Vec<Vec<Vec<Block>>>) {
    let is_picture = |b: &Block| matches!(b.kind, Kind::Picture(..));
    let full = |r: &[Vec<Block>]| r.iter().any(|c| !c.is_empty());
    let shows = |r: &[Vec<Block>]| full(r) && r.iter().flatten().all(is_picture);
    let words = |r: &[Vec<Block>], labelled: bool| {
        let short =
            |b: &Block| matches!(b.kind, Kind::Para | Kind::Heading(_)) && b.plain.chars().count() <= CAPTION;
        full(r) && r.iter().all(|c| c.len() <= 1 && c.iter().all(|b| short(b) && (b.label || !labelled)))
    };
    let beside = |p: &[Vec<Block>], w: &[Vec<Block>]| {
        w.iter().enumerate().all(|(i, c)| c.is_empty() || p.get(i).is_some_and(|c| !c.is_empty()))
    };
    let pair = |p: &[Vec<Block>], w: &[Vec<Block>], labelled| shows(p) && words(w, labelled) && beside(p, w);
    let whole = |above: bool| {
        let both = |c: &[Vec<Vec<Block>>]| {
            let (p, w) = if above { (&c[1], &c[0]) } else { (&c[0], &c[1]) };
            pair(p, w, false)
        };
        rows.len().is_multiple_of(2) && rows.chunks(2).all(both)
    };
    // Words above their pictures: where the first row of all is words.
    let above = rows.first().is_some_and(|r| !shows(r)) && rows.iter().filter(|r| shows(r)).count() > 0;
    let labelled = !whole(above);
    let mut at = 0;
    while at + 1 < rows.len() {
        let (p, w) = if above { (at + 1, at) } else { (at, at + 1) };
        if pair(&rows[p], &rows[w], labelled) {
            let own = std::mem::take(&mut rows[w]);
            for (cell, mut words) in rows[p].iter_mut().zip(own) {
                words.iter_mut().for_each(Block::caption);
                cell.append(&mut words);
            }
            rows.remove(w);
        }
        at += 1;
    }
}

/// The pictures, in order; those of cells come behind their table.
pub fn pictures(blocks: &mut Vec<Block>, package: &mut Package<'_>) -> Result<Vec<Picture>, Refused> {
    let mut flat = vec![];
    for mut b in std::mem::take(blocks) {
        let mut own = vec![];
        if let Kind::Table(rows) = &mut b.kind {
            for cell in rows.iter_mut().flatten() {
                lift(cell, &mut own);
            }
            // A row of nothing but pictures is none without them.
            if !own.is_empty() {
                rows.retain(|r| r.iter().any(|c| !c.is_empty()));
            }
        }
        if !matches!(&b.kind, Kind::Table(rows) if rows.is_empty()) {
            flat.push(b);
        }
        flat.extend(own);
    }
    let mut out: Vec<Picture> = vec![];
    for i in 0..flat.len() {
        let Kind::Picture(Shot { part, alt, view, .. }) = &flat[i].kind else { continue };
        let caption = flat.get(i + 1).filter(|n| n.kind == Kind::Caption).map(|n| clean_line(&n.plain));
        let alt = (!alt.is_empty()).then(|| alt.clone());
        // Other words make it another picture: its words stand with the file.
        let same = |p: &Picture| {
            let told = p.alt.is_none() || alt.is_none() || p.alt == alt;
            p.part == *part && p.view == *view && p.caption == caption && told
        };
        let at = match out.iter().position(same) {
            Some(at) => {
                out[at].alt = out[at].alt.take().or(alt);
                at
            }
            None if out.len() >= MAX_PICTURES => return Err(Refused::TooLong),
            None => {
                let bytes = package.picture(part)?;
                out.push(Picture { bytes, alt, caption, view: *view, part: part.clone() });
                out.len() - 1
            }
        };
        if let Kind::Picture(shot) = &mut flat[i].kind {
            shot.at = at;
        }
    }
    *blocks = flat;
    Ok(out)
}

/// Takes the pictures and their captions out of a cell.
fn lift(cell: &mut Vec<Block>, out: &mut Vec<Block>) {
    let mut kept = vec![];
    for mut b in std::mem::take(cell) {
        if let Kind::Table(rows) = &mut b.kind {
            rows.iter_mut().flatten().for_each(|c| lift(c, out));
        }
        if matches!(b.kind, Kind::Picture(..) | Kind::Caption) { out.push(b) } else { kept.push(b) }
    }
    *cell = kept;
}
