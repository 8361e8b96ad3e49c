//! Allowances: places that attempts take in them, and the steady time they are counted by.
//!
//! A message reaches the far side at some instant between its intent and its answer. So its attempt takes a place from the intent
//! until a whole window after the answer: whatever the delay, no window of that length at the far side ever holds more.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use sea_orm::FromQueryResult;

use super::local::row;
use super::{ClaimRequest, Col, Intent, Key, Result, Settle, Store, Tx, params};
use crate::domain::port::{Clock, Steady};

/// When an attempt without an answer leaves a window, milliseconds: not yet.
pub(super) const OPEN: i64 = 9_000_000_000_000_000;
/// Places are kept so much longer than the longest window, milliseconds.
const KEPT: i64 = 86_400_000;

/// A rate that is never exceeded, whoever shares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// So many…
    pub count: u32,
    /// …in so many milliseconds, any window of that length.
    pub window_ms: i64,
    /// The accounts that share it: the sender, and those that borrow it.
    pub shared_by: Vec<String>,
}

impl Allowance {
    /// How much of it is kept for urgent rows: a tenth, and one at least; of less than five nothing.
    pub fn kept(&self) -> i64 {
        if self.count < 5 { 0 } else { i64::from(self.count / 10).max(1) }
    }
}

/// The rates of a row's chat.
#[derive(Clone, Debug)]
pub struct ChatRates {
    /// The chat's address.
    pub chat: String,
    /// What is never exceeded there.
    pub limits: Arc<[Allowance]>,
}

/// Steady time as this store knows it: the clock, and what is added to its readings.
pub(super) struct Time {
    clock: Arc<dyn Clock>,
    /// `None`: the database's own clock is asked, the one that its nodes have in common.
    offset: Option<i64>,
}

impl Time {
    pub(super) fn steady(&self) -> Option<i64> {
        self.offset.map(|o| self.clock.steady().ms + o)
    }
}

impl Store {
    /// Measures time by a clock from now on. On an embedded database its scale goes on over restarts on one start of the machine;
    /// after another start it goes on with the wall clock, and never before what was written last.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_time(&self, clock: Arc<dyn Clock>) -> Result<()> {
        let offset = self.offset(&*clock).await?;
        if let (Some(offset), Some(boot)) = (offset, clock.steady().boot) {
            let tx = self.begin().await?;
            tx.exec(
                "INSERT INTO meta (key, value) VALUES ('steady', $1) \
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                params![format!("{boot} {offset}")],
            )
            .await?;
            tx.commit().await?;
        }
        drop(self.time.set(Time { clock, offset }));
        Ok(())
    }

    /// Measures time as [`Store::keep_time`] does, and writes nothing.
    ///
    /// # Errors
    /// The database's.
    pub async fn read_time(&self, clock: Arc<dyn Clock>) -> Result<()> {
        let offset = self.offset(&*clock).await?;
        drop(self.time.set(Time { clock, offset }));
        Ok(())
    }

    async fn offset(&self, clock: &dyn Clock) -> Result<Option<i64>> {
        let Steady { boot, ms } = clock.steady();
        let Some(boot) = boot else { return Ok(Some(0)) };
        if !self.is_embedded() {
            return Ok(None);
        }
        #[derive(FromQueryResult)]
        struct Kept {
            value: String,
        }
        let kept: Option<Kept> = self.row("SELECT value FROM meta WHERE key = 'steady'", vec![]).await?;
        let kept = kept.as_ref().and_then(|k| k.value.split_once(' '));
        if let Some((_, offset)) = kept.filter(|(id, _)| *id == boot)
            && let Ok(offset) = offset.parse()
        {
            return Ok(Some(offset));
        }
        let last = self.int("SELECT max(at) FROM spent WHERE at < $1", params![OPEN]).await?;
        Ok(Some(clock.now().timestamp_millis().max(last) - ms))
    }

    /// The steady instant now, milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn steady(&self) -> Result<i64> {
        match self.time.get().and_then(Time::steady) {
            Some(at) => Ok(at),
            None => self.int(&format!("SELECT {}", super::db_now(self.is_embedded())), vec![]).await,
        }
    }

    /// Makes known what an account sent within a window, before a lane with such an allowance begins: attempts of a time when it
    /// had none, or a shorter one, count as well. Places of attempts that nobody will answer any more (a backup that was restored)
    /// run out from now on.
    ///
    /// # Errors
    /// The database's.
    pub async fn rate_begin(&self, account: &str, window_ms: Option<i64>, now: i64) -> Result<()> {
        let known =
            self.int("SELECT window_ms FROM spent_known WHERE account = $1", params![account]).await?;
        let wanted = window_ms.unwrap_or(0);
        if wanted == 0 && known == 0 {
            return Ok(());
        }
        let tx = self.begin().await?;
        let steady = tx.instant().await?;
        tx.exec(
            "UPDATE spent SET at = $2 WHERE account = $1 AND at = $3 AND NOT EXISTS (SELECT 1 FROM delivery d \
               WHERE d.id = spent.delivery_id AND d.planned_for = spent.planned_for AND d.state = 3 AND d.opened = spent.no)",
            params![account, steady, OPEN],
        )
        .await?;
        if wanted > known {
            // They were timed by the wall clock; what it shows of them is all there is. Whoever sends one of them without counting
            // it (a node with older settings) will not say when its answer came.
            tx.exec(
                "WITH RECURSIVE part(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM part \
                                            WHERE n + 1 < (SELECT max(messages) FROM rendition)) \
                 INSERT INTO spent (delivery_id, planned_for, no, part, account, at) \
                 SELECT a.delivery_id, a.planned_for, a.no, p.n, a.account, \
                        CASE WHEN a.closed_at IS NULL OR a.closed_at > $3 THEN $4 ELSE $4 - ($3 - a.closed_at) END \
                 FROM attempt a JOIN part p ON p.n < COALESCE((SELECT max(rd.messages) FROM delivery d CROSS JOIN rendition rd \
                   WHERE d.id = a.delivery_id AND d.planned_for = a.planned_for \
                     AND rd.revision_id = d.revision_id AND rd.kind = d.kind), 1) \
                 WHERE a.account = $1 AND a.opened_at > $2 \
                 ON CONFLICT (delivery_id, no, part, planned_for) DO NOTHING",
                params![account, now - wanted - KEPT, now, steady],
            )
            .await?;
        }
        if window_ms.is_none() {
            tx.exec("DELETE FROM spent_known WHERE account = $1", params![account]).await?;
        } else {
            tx.exec(
                "INSERT INTO spent_known (account, window_ms) VALUES ($1, $2) \
                 ON CONFLICT (account) DO UPDATE SET window_ms = excluded.window_ms",
                params![account, wanted],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Accounts whose far side asked for quiet, and how long that lasts yet, milliseconds.
    ///
    /// # Errors
    /// The database's.
    pub async fn quiet_left(&self) -> Result<Vec<(String, i64)>> {
        #[derive(FromQueryResult)]
        struct Row {
            account: String,
            left_ms: i64,
        }
        let steady = self.steady().await?;
        let rows: Vec<Row> = self
            .rows(
                "SELECT account, quiet_steady - $1 AS left_ms FROM account_state WHERE quiet_steady > $1 ORDER BY account",
                params![steady],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.account, r.left_ms)).collect())
    }
}

impl Tx {
    /// The steady instant, where no database is to be asked for it: for `COALESCE` with [`Tx::db_now`].
    pub(super) fn steady(&self) -> Option<i64> {
        self.time.get().and_then(Time::steady)
    }

    /// The steady instant now, milliseconds.
    pub(super) async fn instant(&self) -> Result<i64> {
        match self.steady() {
            Some(at) => Ok(at),
            None => Ok(self.int(&format!("SELECT {}", self.db_now()), vec![]).await?.unwrap_or_default()),
        }
    }
}

/// Makes claims and intents under a shared allowance wait for each other, until the transaction ends: what one node counts as
/// free, no other may count at the same time. SQLite has one writer and needs none.
pub(super) async fn lock_allowances(tx: &Tx, claims: &[&ClaimRequest], intents: &[Intent]) -> Result<()> {
    if tx.is_sqlite() {
        return Ok(());
    }
    let of_chats = intents.iter().filter_map(|i| i.chat.as_ref()).flat_map(|c| c.limits.iter());
    // One name for all who share it, taken in one order everywhere, so that two nodes never wait for each other.
    let names: BTreeSet<&str> = claims
        .iter()
        .flat_map(|r| r.limits.iter())
        .chain(of_chats)
        .filter_map(|a| a.shared_by.iter().min())
        .map(String::as_str)
        .collect();
    for name in names {
        tx.exec("SELECT pg_advisory_xact_lock(4712, hashtext($1))", params![name]).await?;
    }
    Ok(())
}

/// SQL: of at most how many messages the text of delivery `d` is.
pub(super) const MESSAGES: &str = "COALESCE((SELECT max(rd.messages) FROM occurrence oc CROSS JOIN rendition rd \
     WHERE oc.id = d.occurrence_id AND rd.revision_id = oc.revision_id AND rd.kind = d.kind), 1)";

/// What is left of an allowance.
pub(super) struct Left {
    left: i64,
    most: i64,
    kept: i64,
}

impl Left {
    /// How many messages may yet go, and how many there are in all: of those that are not urgent, without what is kept.
    pub(super) fn of(&self, urgent: bool) -> (i64, i64) {
        let kept = if urgent { 0 } else { self.kept };
        (self.left - kept, self.most - kept)
    }
    /// Whether a row of so many messages may go behind others of this claim. What is longer than all there is goes where nothing of
    /// it is used: the alternative is that it never goes.
    pub(super) fn fits(&self, urgent: bool, ahead: i64, messages: i64) -> bool {
        let (left, most) = self.of(urgent);
        ahead + messages.min(most) <= left
    }
}

/// What is left of the allowances of an account.
pub(super) async fn left(tx: &Tx, account: &str, limits: &[Allowance]) -> Result<Vec<Left>> {
    let mut all = Vec::with_capacity(limits.len());
    let Some(longest) = limits.iter().map(|a| a.window_ms).max() else { return Ok(all) };
    let now = tx.instant().await?;
    tx.exec("DELETE FROM spent WHERE account = $1 AND at < $2", params![account, now - longest - KEPT])
        .await?;
    // Counting ends where the allowance does. One statement sees a row as claimed or as tried, never as neither.
    let sql = format!(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM spent WHERE account = $1 AND at > $2 LIMIT $3) AS x) + \
                COALESCE((SELECT sum({MESSAGES}) FROM {leased} WHERE d.account = $1 AND d.state = 2), 0)",
        leased = if tx.is_sqlite() { "delivery d INDEXED BY delivery_leased" } else { "delivery d" }
    );
    for a in limits {
        let mut used = 0;
        for account in &a.shared_by {
            let bound = params![account.as_str(), now - a.window_ms, i64::from(a.count)];
            used += tx.int(&sql, bound).await?.unwrap_or(0);
        }
        all.push(Left { left: i64::from(a.count) - used, most: i64::from(a.count), kept: a.kept() });
    }
    Ok(all)
}

/// Rows whose chat has had enough for now, with the instant (of their own `now`) from which on they may go.
pub(super) async fn too_soon(tx: &Tx, key: &Key, wanted: &[Intent]) -> Result<HashMap<i64, i64>> {
    let mut soon = HashMap::new();
    if wanted.iter().all(|i| i.chat.is_none()) {
        return Ok(soon);
    }
    let now = tx.instant().await?;
    let mut taken: HashMap<String, i64> = HashMap::new();
    for i in wanted {
        let Some(rates) = &i.chat else { continue };
        let chat = place(key, &rates.chat);
        let before = taken.entry(chat.clone()).or_default();
        let mut free = now;
        for a in rates.limits.iter() {
            let names: Vec<String> = (0..a.shared_by.len()).map(|n| format!("${}", n + 3)).collect();
            let names = names.join(",");
            let mut bound = params![chat.as_str(), now - a.window_ms];
            bound.extend(a.shared_by.iter().map(|s| sea_orm::Value::from(s.as_str())));
            let mut at = tx
                .ints(
                    &format!("SELECT at FROM spent WHERE chat = $1 AND at > $2 AND account IN ({names}) ORDER BY at"),
                    bound.clone(),
                )
                .await?;
            at.extend(std::iter::repeat_n(OPEN, usize::try_from(*before).unwrap_or(0)));
            // So many must leave the window first, the oldest of them first; one under way leaves it a window from now at best.
            let count = a.count.max(1) as usize;
            let needed = usize::from(i.messages).min(count);
            if let Some(over) = (at.len() + needed).checked_sub(count).filter(|n| *n > 0) {
                let last = at.get(over - 1).copied().unwrap_or(OPEN);
                free = free.max(last.min(now) + a.window_ms);
            }
            let quiet = tx
                .int(
                    &format!("SELECT max(until_at) FROM quiet WHERE chat = $1 AND until_at > $2 AND account IN ({names})"),
                    { bound[1] = now.into(); bound },
                )
                .await?;
            free = free.max(quiet.unwrap_or(now));
        }
        if free > now {
            soon.insert(i.id.0, i.now + (free - now));
        } else {
            *before += i64::from(i.messages);
        }
    }
    Ok(soon)
}

fn place(key: &Key, chat: &str) -> String {
    super::crypt::hex(&key.blind("chat", chat))
}

/// Takes a place for each message of each new attempt of an account that is counted.
pub(super) async fn take(tx: &Tx, key: &Key, opened: &[(&Intent, i16)]) -> Result<()> {
    let rows: Vec<Vec<sea_orm::Value>> = opened
        .iter()
        .filter(|(i, _)| i.counted)
        .flat_map(|(i, no)| {
            let chat = i.chat.as_ref().map(|c| place(key, &c.chat));
            let parts = 0..i32::from(i.messages.max(1));
            parts.map(move |part| params![i.id.0, i.planned_for, *no, part, i.account.as_str(), chat.clone()])
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let cols = [
        ("id", Col::Int),
        ("p", Col::Int),
        ("no", Col::Int),
        ("part", Col::Int),
        ("a", Col::Text),
        ("chat", Col::Text),
    ];
    tx.exec_each(&cols, rows, vec![], |rows| {
        format!(
            "INSERT INTO spent (delivery_id, planned_for, no, part, account, chat, at) \
             SELECT j.id, j.p, j.no, j.part, j.a, j.chat, {OPEN} {from} WHERE true",
            from = rows.from
        )
    })
    .await?;
    Ok(())
}

/// The answers are there: from now on their places run out.
pub(super) async fn answered(tx: &Tx, settled: &[Settle]) -> Result<()> {
    let rows: Vec<Vec<sea_orm::Value>> =
        settled.iter().filter(|s| s.counted).map(|s| params![s.id.0, s.planned_for, s.attempt]).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let now = tx.db_now();
    let cols = [("id", Col::Int), ("p", Col::Int), ("no", Col::Int)];
    tx.exec_each(&cols, rows, params![tx.steady()], |rows| {
        format!(
            "UPDATE spent SET at = COALESCE(CAST($1 AS bigint), {now}) {from} \
             WHERE spent.delivery_id = j.id AND spent.planned_for = j.p AND spent.no = j.no",
            from = rows.from
        )
    })
    .await?;
    Ok(())
}

/// No answer will come: the place of a row's attempt runs out from now on.
pub(super) async fn given_up(tx: &Tx, delivery: i64) -> Result<()> {
    let now = tx.db_now();
    tx.exec(
        &format!(
            "UPDATE spent SET at = COALESCE(CAST($2 AS bigint), {now}) WHERE delivery_id = $1 AND at = {OPEN}"
        ),
        params![delivery, tx.steady()],
    )
    .await?;
    Ok(())
}

/// A far side asked for quiet in the chat or mailbox of a row: for all accounts that go by the same sender.
pub(super) async fn hush(tx: &Tx, s: &Settle, for_ms: i64, whom: &[String]) -> Result<()> {
    let until = tx.instant().await? + for_ms;
    for account in whom {
        tx.exec(
            "INSERT INTO quiet (account, target_id, chat, until_at) \
             VALUES ($1, $2, (SELECT chat FROM spent WHERE delivery_id = $3 AND planned_for = $4 AND no = $5 AND part = 0), $6) \
             ON CONFLICT (account, target_id) DO UPDATE SET \
               until_at = CASE WHEN excluded.until_at > quiet.until_at THEN excluded.until_at ELSE quiet.until_at END",
            params![account.as_str(), s.id.target(), s.id.0, s.planned_for, s.attempt, until],
        )
        .await?;
    }
    // They are few; what is over is swept out when the next one comes.
    let over = params![s.account.as_str(), until - for_ms - KEPT];
    tx.exec("DELETE FROM quiet WHERE account = $1 AND until_at < $2", over).await?;
    Ok(())
}

/// Of rows without an intent, those whose chat or mailbox is to be left in quiet, with the instant (of their own `now`) it ends.
pub(super) async fn quiet(tx: &Tx, rows: &[&Intent]) -> Result<HashMap<i64, i64>> {
    row! {
        struct Left {
            id: i64,
            left_ms: i64,
        }
    }
    let sets = rows.iter().map(|i| params![i.id.0, i.account.as_str(), i.id.target()]).collect();
    let now = tx.instant().await?;
    let found: Vec<Left> = tx
        .each(&[("id", Col::Int), ("a", Col::Text), ("t", Col::Int)], sets, params![now], |rows| {
            format!(
                "SELECT j.id AS id, q.until_at - $1 AS left_ms FROM quiet q{and_them} \
                 WHERE q.account = j.a AND q.target_id = j.t AND q.until_at > $1",
                and_them = rows.and
            )
        })
        .await?;
    let left: HashMap<i64, i64> = found.into_iter().map(|f| (f.id, f.left_ms)).collect();
    Ok(rows.iter().filter_map(|i| Some((i.id.0, i.now + left.get(&i.id.0)?))).collect())
}
