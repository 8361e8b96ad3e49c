//! Where a page of the log begins to be read: by which index, in which pieces.
//!
//! No index serves every filter in the order of time, and one more that changes with each mail would cost each mail. So a page
//! is merged out of pieces, each in order by an index that is there anyway: by account; by occurrence and state, which the
//! tallies name; by place; by what happened afterwards. A piece whose newest row is older than the page is not read.

use std::collections::BTreeSet;

use sea_orm::{FromQueryResult, Value};

use super::view::LogFilter;
use super::{Result, Store, code};
use crate::domain::delivery::State;

/// One piece: rows in the order of their last change by one index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Of an account.
    Account(String),
    /// Of an occurrence, in a state.
    State(i64, i16),
    /// To a unit's channels: few enough to be sorted.
    Unit(String),
    /// Accepted, with this word beside it.
    Later(&'static str),
    /// Accepted, and a person at the far side still has to act: few enough to be sorted.
    Pending,
}

/// Words beside an accepted row by which the log is filtered.
const LATER: [&str; 6] = ["published", "aired", "skipped", "unconfirmed", "bounced", "withdrawn"];

/// What a filter wants, by states and by words beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wanted {
    states: BTreeSet<i16>,
    later: Vec<&'static str>,
    pending: bool,
}

impl Wanted {
    fn of(f: &LogFilter) -> Wanted {
        let all = || State::ALL.into_iter().map(code).collect::<BTreeSet<i16>>();
        let mut w = Wanted { states: all(), later: vec![], pending: false };
        if !f.results.is_empty() {
            w.states.clear();
            for word in &f.results {
                match *word {
                    "waiting" | "limited" | "retry" => drop(w.states.insert(1)),
                    "sending" => w.states.extend([1, 2, 3]),
                    "unknown" | "not_known" => drop(w.states.insert(8)),
                    "pending" => w.pending = true,
                    word => match LATER.iter().find(|l| **l == word) {
                        Some(l) => w.later.push(l),
                        None => w.states.extend(State::parse(word).map(code)),
                    },
                }
            }
        } else if f.problems.is_some() {
            w.states = [1, 2, 3, 5, 6, 7, 8, 10].into();
            w.later = vec!["unconfirmed", "skipped", "bounced", "withdrawn"];
        }
        if f.attention.is_some() {
            w.keep(&[6, 7, 10]);
        }
        if !f.states.is_empty() {
            w.keep(&f.states.iter().map(|s| code(*s)).collect::<Vec<_>>());
        }
        if let Some(g) = &f.group {
            // Groups count what is being sent as due.
            let states: Vec<i16> = if g.state == 1 { vec![1, 2, 3] } else { vec![g.state as i16] };
            w.keep(&states);
        }
        if w.states.contains(&4) {
            w.later.clear();
            w.pending = false;
        }
        w
    }

    fn keep(&mut self, states: &[i16]) {
        self.states.retain(|s| states.contains(s));
        if !states.contains(&4) {
            self.later.clear();
            self.pending = false;
        }
    }
}

/// Conditions on the occurrence `o` alone.
fn of_occurrence(f: &LogFilter, p: &mut Vec<Value>) -> Vec<String> {
    let mut w = Vec::new();
    let bind = |v: &str, p: &mut Vec<Value>| {
        p.push(v.into());
        format!("${}", p.len())
    };
    if let Some(o) = &f.origin {
        let n = bind(o, p);
        w.push(format!("(o.origin = {n} OR o.origin LIKE replace({n}, '_', '\\_') || '/%' ESCAPE '\\')"));
    }
    if let Some(g) = &f.group {
        let n = bind(&g.origin, p);
        w.push(format!("o.origin = {n}"));
    }
    if let Some(v) = &f.list {
        let n = bind(v, p);
        w.push(format!("o.lists LIKE '%\"' || replace({n}, '_', '\\_') || '\"%' ESCAPE '\\'"));
    }
    if let Some(v) = &f.family {
        let n = bind(v, p);
        w.push(format!("o.family = {n}"));
    }
    w
}

/// True if occurrences and states say more than time and account do.
fn is_narrow(f: &LogFilter, wanted: &Wanted) -> bool {
    !wanted.states.contains(&4)
        || [&f.origin, &f.list, &f.family].into_iter().any(Option::is_some)
        || f.group.is_some()
}

fn list(states: &BTreeSet<i16>) -> String {
    states.iter().map(i16::to_string).collect::<Vec<_>>().join(",")
}

/// SQL: the accounts that rows have, each found by one step in the index of the log.
const ACCOUNTS: &str = "WITH RECURSIVE seen(account) AS (SELECT min(account || '') FROM delivery UNION ALL \
     SELECT (SELECT min(d.account || '') FROM delivery d WHERE d.account || '' > seen.account) FROM seen \
     WHERE seen.account IS NOT NULL) SELECT account FROM seen WHERE account IS NOT NULL";

/// SQL that says in which partition the row `d` with the id `$1` lies: that of its occurrence, which the id names.
pub(super) const PART: &str =
    "d.planned_for = (SELECT x.planned_for FROM occurrence x WHERE x.id = $1 / 4294967296)";

impl Piece {
    /// The index that has its rows in order, and the condition that picks them.
    pub(super) fn condition(&self, p: &mut Vec<Value>) -> (&'static str, String) {
        let mut bind = |v: Value| {
            p.push(v);
            format!("${}", p.len())
        };
        match self {
            Piece::Account(a) => ("delivery_log", format!("d.account || '' = {}", bind(a.as_str().into()))),
            Piece::State(o, s) => {
                let (o, s) = (bind((*o).into()), bind((*s).into()));
                ("delivery_occurrence", format!("d.occurrence_id = {o} AND d.state = {s}"))
            }
            Piece::Unit(u) => (
                "delivery_target",
                format!(
                    "d.target_id IN (SELECT target_id FROM channel WHERE unit = {})",
                    bind(u.as_str().into())
                ),
            ),
            Piece::Later(word) => {
                ("delivery_later", format!("d.afterwards IS NOT NULL AND d.afterwards = '{word}'"))
            }
            Piece::Pending => ("delivery_pending", "d.state = 4 AND d.pending = 1".to_owned()),
        }
    }
}

impl Store {
    /// A row's table, read by that index: SQLite is told, since it does not know how many rows a condition leaves.
    pub(super) fn by_index(&self, index: &str) -> String {
        if self.is_embedded() { format!("delivery d INDEXED BY {index}") } else { "delivery d".to_owned() }
    }

    /// True if some states are left out and the others are few pieces: by account, a list that was just placed would have to be
    /// read to its end before the first row that is wanted.
    async fn is_small(&self, f: &LogFilter, wanted: &Wanted) -> Result<bool> {
        const FEW: i64 = 3000;
        if wanted.states.len() == State::ALL.len() || f.account.is_some() {
            return Ok(false);
        }
        let pieces = format!("SELECT count(*) FROM (SELECT 1 FROM tally WHERE n > 0 LIMIT {FEW}) AS x");
        Ok(self.int(&pieces, vec![]).await? < FEW)
    }

    /// The pieces of a filter's rows. Those of occurrences come newest first, each with its newest row's time.
    pub(super) async fn pieces(&self, f: &LogFilter) -> Result<Vec<(Piece, Option<i64>)>> {
        #[derive(FromQueryResult)]
        struct Pair {
            occurrence_id: i64,
            state: i16,
            last: Option<i64>,
        }
        #[derive(FromQueryResult)]
        struct Name {
            account: String,
        }
        if let Some(u) = &f.unit {
            return Ok(vec![(Piece::Unit(u.clone()), None)]);
        }
        let wanted = Wanted::of(f);
        if !is_narrow(f, &wanted) && !self.is_small(f, &wanted).await? {
            if let Some(a) = &f.account {
                return Ok(vec![(Piece::Account(a.clone()), None)]);
            }
            let names: Vec<Name> = self.rows(ACCOUNTS, vec![]).await?;
            return Ok(names.into_iter().map(|n| (Piece::Account(n.account), None)).collect());
        }
        let mut p: Vec<Value> = vec![];
        let mut w = of_occurrence(f, &mut p);
        if !f.system && f.attention.is_none() {
            w.push("o.origin NOT LIKE 'system/%'".to_owned());
        }
        w.push(format!("o.archived_at IS NULL AND t.n > 0 AND t.state IN ({})", list(&wanted.states)));
        let most = [f.until.map(|u| u - 1), f.after.map(|a| a.0)].into_iter().flatten().min();
        let below = most.map(|m| {
            p.push(m.into());
            format!("AND d.updated_at <= ${}", p.len())
        });
        let mut pairs: Vec<Pair> = if wanted.states.is_empty() {
            vec![]
        } else {
            self.rows(
                &format!(
                    "SELECT t.occurrence_id, t.state, (SELECT max(d.updated_at) FROM {d} \
                       WHERE d.occurrence_id = t.occurrence_id AND d.state = t.state {below}) AS last \
                     FROM occurrence o JOIN tally t ON t.occurrence_id = o.id WHERE {w}",
                    d = self.by_index("delivery_occurrence"),
                    below = below.unwrap_or_default(),
                    w = w.join(" AND ")
                ),
                p,
            )
            .await?
        };
        let least = [f.from, f.newer_than.map(|n| n.0)].into_iter().flatten().max();
        pairs.retain(|x| x.last.is_some_and(|last| least.is_none_or(|l| last >= l)));
        pairs.sort_by_key(|x| std::cmp::Reverse(x.last));
        let of_pairs = pairs.into_iter().map(|x| (Piece::State(x.occurrence_id, x.state), x.last));
        let later = wanted.later.iter().map(|w| (Piece::Later(w), None));
        let pending = wanted.pending.then_some((Piece::Pending, None));
        // What cannot be skipped is read first.
        Ok(later.chain(pending).chain(of_pairs).collect())
    }

    /// SQL that finds the rows of a filter by an index (`id`, `planned_for`), for those who want all of them in no order. It
    /// may find more: the filter's own conditions are asked as well.
    pub(super) async fn keys(&self, f: &LogFilter, p: &mut Vec<Value>) -> Result<String> {
        let select = |index: &str, w: &str| {
            format!("SELECT d.id, d.planned_for FROM {} WHERE {w}", self.by_index(index))
        };
        let mut time = String::new();
        for (op, at) in [(">=", f.from), ("<", f.until)] {
            if let Some(at) = at {
                p.push(at.into());
                time.push_str(&format!(" AND d.updated_at {op} ${}", p.len()));
            }
        }
        if let Some(u) = &f.unit {
            let (index, w) = Piece::Unit(u.clone()).condition(p);
            return Ok(select(index, &w));
        }
        let wanted = Wanted::of(f);
        if !is_narrow(f, &wanted) {
            let w = match &f.account {
                Some(a) => Piece::Account(a.clone()).condition(p).1,
                None => format!("d.account || '' IN ({ACCOUNTS})"),
            };
            return Ok(select("delivery_log", &format!("{w}{time}")));
        }
        let mut any = Vec::new();
        if !wanted.states.is_empty() {
            let states = list(&wanted.states);
            let mut w = of_occurrence(f, p);
            w.push(format!("o.archived_at IS NULL AND t.n > 0 AND t.state IN ({states})"));
            any.push(select(
                "delivery_occurrence",
                &format!(
                    "d.occurrence_id IN (SELECT o.id FROM occurrence o JOIN tally t ON t.occurrence_id = o.id WHERE {}) \
                     AND d.state IN ({states}){time}",
                    w.join(" AND ")
                ),
            ));
        }
        let later =
            wanted.later.iter().map(|w| Piece::Later(w)).chain(wanted.pending.then_some(Piece::Pending));
        for piece in later {
            let (index, w) = piece.condition(p);
            any.push(select(index, &format!("{w}{time}")));
        }
        Ok(if any.is_empty() {
            "SELECT d.id, d.planned_for FROM delivery d WHERE 1 = 0".to_owned()
        } else {
            any.join(" UNION ")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_is_read_from_the_words() {
        let f = |results: Vec<&'static str>| LogFilter { results, ..LogFilter::default() };
        let w = Wanted::of(&f(vec!["rejected", "bounced"]));
        assert_eq!((list(&w.states).as_str(), w.later), ("6", vec!["bounced"]));
        // What was sent has what came afterwards in it.
        let w = Wanted::of(&f(vec!["sent", "bounced", "pending"]));
        assert_eq!((list(&w.states).as_str(), w.later.len(), w.pending), ("4", 0, false));
        let w = Wanted::of(&LogFilter { states: vec![State::Failed], ..f(vec!["failed", "aired"]) });
        assert_eq!((list(&w.states).as_str(), w.later.len()), ("7", 0));
        assert!(!is_narrow(&f(vec![]), &Wanted::of(&f(vec![]))));
        assert!(is_narrow(&f(vec!["unknown"]), &Wanted::of(&f(vec!["unknown"]))));
    }
}
