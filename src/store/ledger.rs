//! Recording answers, and what people decide about rows.
//!
//! An answer is written under the lease it was asked under; a word from a dead lease changes nothing, except that the late
//! answer of the very attempt may turn `unknown` into the truth.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::FromQueryResult;

use super::tx::{Of, Rows};
use super::{Col, NodeId, Result, Store, StoreError, Tx, code, params, state_of};
use crate::domain::delivery::{self, DeliveryId, Event, State};
use crate::domain::outcome::Receipt;
use crate::domain::people::Actor;

/// What an answer does to the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountEffect {
    /// A plain yes or no: a run of ambiguous answers ends.
    Fine,
    /// Nothing: an account whose servers fail now and then may still lose answers.
    Nothing,
    /// One more ambiguous answer.
    Ambiguous,
    /// Credential or policy: the account pauses.
    Broken {
        /// A stable word.
        code: String,
        /// What the far side said.
        detail: String,
    },
    /// The far side said: slow down.
    Quiet {
        /// For how long from the answer on, milliseconds.
        for_ms: i64,
        /// The accounts that go by the same sender.
        whom: Arc<[String]>,
    },
    /// The far side said: slow down with this chat or mailbox. A run of ambiguous answers ends.
    QuietTarget {
        /// For how long from the answer on, milliseconds.
        for_ms: i64,
        /// The accounts that go by the same sender.
        whom: Arc<[String]>,
    },
}

/// An answer to be recorded.
#[derive(Clone, Debug)]
pub struct Settle {
    /// Which row.
    pub id: DeliveryId,
    /// Its partition.
    pub planned_for: i64,
    /// Whose lease.
    pub node: NodeId,
    /// Number of the attempt.
    pub attempt: i16,
    /// `Accepted`, `Again`, `GiveUp`, `Refused` or `Lost`.
    pub event: Event,
    /// The outcome's word.
    pub outcome: &'static str,
    /// True if the attempt counts.
    pub spend: bool,
    /// Cause: code and detail; of an accepted one, what the far side said besides.
    pub cause: Option<(String, String)>,
    /// The far side's own name for what it accepted.
    pub receipt: Option<String>,
    /// A public address of it.
    pub receipt_url: Option<String>,
    /// A person at the far side still has to act.
    pub pending: bool,
    /// For `Again`: when next, milliseconds.
    pub due_at: Option<i64>,
    /// True if the recipient is dead: the address is suppressed for the family.
    pub suppress: bool,
    /// The account.
    pub account: String,
    /// The account has an allowance: the place of the attempt runs out from now on.
    pub counted: bool,
    /// What it does to the account.
    pub effect: AccountEffect,
    /// The instant of the answer, milliseconds.
    pub at: i64,
}

/// Ambiguous answers in a row after which an account pauses.
pub const AMBIGUOUS_RUN: i64 = 5;

/// Records answers in an open transaction. The ids of rows that were changed.
/// `calm`: accounts known to have no run of ambiguous answers, whose good answers need no word.
pub(super) async fn settle(tx: &Tx, rows: &[Settle], calm: &HashSet<String>) -> Result<HashSet<i64>> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let mut sets = Vec::with_capacity(rows.len());
    for s in rows {
        let to = delivery::next(State::Sending, s.event)
            .ok_or_else(|| StoreError::Conflict(format!("no edge from sending by {:?}", s.event)))?;
        // Where the very attempt was already declared unknown, its late answer is the truth.
        let late = (s.event != Event::Lost).then_some(to);
        let cause = s.cause.as_ref();
        sets.push(params![
            s.id.0,
            s.planned_for,
            s.node.0,
            s.attempt,
            code(to),
            late.map(code),
            i32::from(s.spend),
            s.outcome,
            cause.map(|c| c.0.as_str()),
            cause.map(|c| c.1.as_str()),
            s.receipt.as_deref(),
            s.receipt_url.as_deref(),
            i32::from(s.pending),
            s.due_at,
            to.is_settled().then_some(s.at),
            s.at
        ]);
    }
    let cols = [
        ("id", Col::Int),
        ("p", Col::Int),
        ("node", Col::Int),
        ("no", Col::Int),
        ("st", Col::Int),
        ("late", Col::Int),
        ("spend", Col::Int),
        ("outcome", Col::Text),
        ("cc", Col::Text),
        ("cd", Col::Text),
        ("receipt", Col::Text),
        ("url", Col::Text),
        ("pending", Col::Int),
        ("due", Col::Int),
        ("settled", Col::Int),
        ("at", Col::Int),
    ];
    let set = "node_id = NULL, attempts = d.attempts + j.spend, \
               cause_code = CASE WHEN j.outcome = 'accepted' THEN NULL ELSE j.cc END, \
               cause_detail = CASE WHEN j.outcome = 'accepted' THEN NULL ELSE j.cd END, \
               afterwards = CASE WHEN d.afterwards IN ('not_known', 'unanswered') THEN NULL ELSE d.afterwards END, \
               receipt = COALESCE(j.receipt, d.receipt), receipt_url = COALESCE(j.url, d.receipt_url), \
               pending = j.pending, due_at = COALESCE(j.due, d.due_at), settled_at = j.settled, updated_at = j.at";
    let (was_sending, was_unknown) = (Tx::is_in("d", State::Sending), Tx::is_in("d", State::Unknown));
    // The answer of an attempt is kept even if the row's fate was decided otherwise meanwhile.
    let answered = |rows: Rows| {
        format!(
            "UPDATE attempt SET closed_at = j.at, outcome = j.outcome, \
               cause_code = CASE WHEN j.outcome = 'accepted' THEN NULL ELSE j.cc END, cause_detail = j.cd, \
               receipt = j.receipt {from} WHERE attempt.delivery_id = j.id AND attempt.planned_for = j.p AND attempt.no = j.no",
            from = rows.from
        )
    };
    let changed = tx
        .changed_and(
            &cols,
            sets.clone(),
            vec![],
            |rows| {
                format!(
                    "UPDATE delivery AS d SET state = j.st, {set} {from} WHERE d.id = j.id AND d.planned_for = j.p \
                       AND {was_sending} AND d.node_id = j.node AND d.opened = j.no",
                    from = rows.from
                )
            },
            Of::All,
            answered,
        )
        .await?;
    let mut moves = Vec::with_capacity(rows.len());
    let missing = rows.iter().any(|s| !changed.contains(&s.id.0));
    if missing {
        let late = tx
            .changed(&cols, sets.clone(), vec![], |rows| {
                format!(
                    "UPDATE delivery AS d SET state = j.late, {set} {from} WHERE d.id = j.id AND d.planned_for = j.p \
                       AND {was_unknown} AND j.late IS NOT NULL AND d.opened = j.no AND d.receipt IS NULL",
                    from = rows.from
                )
            })
            .await?;
        for s in rows.iter().filter(|s| late.contains(&s.id.0)) {
            if let Some(to) = delivery::next(State::Sending, s.event) {
                moves.push((s.id.occurrence(), Some(code(State::Unknown)), code(to)));
            }
        }
    }
    for s in rows {
        if changed.contains(&s.id.0)
            && let Some(to) = delivery::next(State::Sending, s.event)
        {
            moves.push((s.id.occurrence(), Some(code(State::Sending)), code(to)));
        }
    }
    tx.tally_later(&moves);
    super::rate::answered(tx, rows).await?;
    for s in rows.iter().filter(|s| s.suppress) {
        tx.exec(
            "INSERT INTO suppression (bidx, family, list, reason, actor, at) \
             SELECT CASE d.family WHEN 'email' THEN c.email_bidx WHEN 'zalo' THEN c.zalo_bidx ELSE c.telegram_bidx END, \
                    d.family, '', 'dead', 'loa', $2 \
             FROM delivery d JOIN contact c ON c.target_id = d.target_id \
             WHERE d.id = $1 AND d.planned_for = $3 AND CASE d.family WHEN 'email' THEN c.email_bidx WHEN 'zalo' THEN c.zalo_bidx \
                   ELSE c.telegram_bidx END IS NOT NULL \
             ON CONFLICT (bidx, family, list) DO NOTHING",
            params![s.id.0, s.at, s.planned_for],
        )
        .await?;
        let code = delivery::code_letters(s.id.code());
        let detail = serde_json::json!({ "delivery": s.id.0, "reason": "dead" });
        tx.audit(s.at, &Actor::system(), "contact.suppress", &code, detail).await?;
    }
    let refused: Vec<&Settle> =
        rows.iter().filter(|s| s.outcome == "rejected_content" && changed.contains(&s.id.0)).collect();
    super::stop::content_refused(tx, &refused).await?;
    account_effects(tx, rows, calm).await?;
    Ok(changed)
}

async fn account_effects(tx: &Tx, rows: &[Settle], calm: &HashSet<String>) -> Result<()> {
    let mut by_account = std::collections::BTreeMap::<&str, Vec<&Settle>>::new();
    for s in rows {
        by_account.entry(&s.account).or_default().push(s);
    }
    for (account, rows) in by_account {
        let quiet = |s: &&Settle| matches!(s.effect, AccountEffect::Fine | AccountEffect::Nothing);
        let nothing = rows.iter().all(|s| s.effect == AccountEffect::Nothing);
        if nothing || calm.contains(account) && rows.iter().all(quiet) {
            continue;
        }
        let mut reset = false;
        let mut add = 0i64;
        let mut broken = None;
        let (mut quiet, mut quiet_whom) = (0i64, None);
        let mut at = 0;
        for s in rows {
            at = at.max(s.at);
            match &s.effect {
                AccountEffect::Fine => {
                    reset = true;
                    add = 0;
                }
                AccountEffect::Nothing => {}
                AccountEffect::Ambiguous => add += 1,
                AccountEffect::Broken { code, detail } => broken = Some((code.clone(), detail.clone())),
                AccountEffect::Quiet { for_ms, whom } if *for_ms >= quiet => {
                    (quiet, quiet_whom) = (*for_ms, Some(whom.clone()));
                }
                AccountEffect::Quiet { .. } => {}
                AccountEffect::QuietTarget { for_ms, whom } => {
                    (reset, add) = (true, 0);
                    super::rate::hush(tx, s, *for_ms, whom).await?;
                }
            }
        }
        tx.exec(
            "INSERT INTO account_state (account, ambiguous_run, updated_at) VALUES ($1, $2, $4) \
             ON CONFLICT (account) DO UPDATE SET \
               ambiguous_run = CASE WHEN $3 = 1 THEN $2 ELSE account_state.ambiguous_run + $2 END, \
               updated_at = $4",
            params![account, add, i64::from(reset), at],
        )
        .await?;
        if let Some(whom) = quiet_whom {
            let until = tx.instant().await? + quiet;
            for account in whom.iter() {
                tx.exec(
                    "INSERT INTO account_state (account, quiet_until, quiet_steady, updated_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (account) DO UPDATE SET \
                       quiet_until = CASE WHEN $3 > account_state.quiet_steady THEN $2 ELSE account_state.quiet_until END, \
                       quiet_steady = CASE WHEN $3 > account_state.quiet_steady THEN $3 ELSE account_state.quiet_steady END, \
                       updated_at = $4",
                    params![account.as_str(), at + quiet, until, at],
                )
                .await?;
            }
        }
        if broken.is_none() && add > 0 {
            let run = tx
                .int("SELECT ambiguous_run FROM account_state WHERE account = $1", params![account])
                .await?
                .unwrap_or(0);
            if run >= AMBIGUOUS_RUN {
                broken = Some((
                    "ambiguous_answers".into(),
                    format!("{run} answers in a row left it unclear whether the message was taken"),
                ));
            }
        }
        if let Some((cause, detail)) = broken {
            let n = tx
                .exec(
                    "UPDATE account_state SET paused_at = $2, cause_code = $3, cause_detail = $4, paused_by = 'loa', \
                       updated_at = $2 WHERE account = $1 AND paused_at IS NULL",
                    params![account, at, cause.as_str(), detail.as_str()],
                )
                .await?;
            if n == 1 {
                tx.audit(
                    at,
                    &Actor::system(),
                    "account.pause",
                    account,
                    serde_json::json!({ "cause": cause, "detail": detail }),
                )
                .await?;
            }
        }
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Current {
    state: i16,
    opened: i16,
    /// When its last attempt began.
    opened_at: Option<i64>,
}

impl Store {
    #[expect(clippy::too_many_arguments, reason = "each is one column of what is recorded")]
    /// Applies an event of a person (or of the far side's answer to `find`) to one row.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the row is not in a state that has this edge; the sentence says which state it is in.
    pub async fn delivery_apply(
        &self,
        id: DeliveryId,
        planned_for: i64,
        event: Event,
        why: &str,
        receipt: Option<&Receipt>,
        actor: &Actor,
        now: i64,
    ) -> Result<State> {
        let tx = self.begin().await?;
        let (to, _) = decide(&tx, id, planned_for, event, why, receipt, actor, now).await?;
        tx.commit().await?;
        Ok(to)
    }

    /// How the site of a channel's row wants its content (`draft`…).
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_mode(&self, id: DeliveryId) -> Result<Option<String>> {
        #[derive(FromQueryResult)]
        struct Mode {
            mode: Option<String>,
        }
        let row: Option<Mode> =
            self.row("SELECT mode FROM channel WHERE target_id = $1", params![id.target()]).await?;
        Ok(row.and_then(|r| r.mode))
    }

    /// Notes that the far side was asked about an unknown row and could not tell.
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_asked(&self, id: DeliveryId, planned_for: i64, now: i64) -> Result<()> {
        let tx = self.begin().await?;
        tx.exec(
            "UPDATE delivery SET asked_at = $3 WHERE id = $1 AND planned_for = $2 AND state = 8",
            params![id.0, planned_for, now],
        )
        .await?;
        tx.commit().await
    }

    /// Sets what happened after a row was settled (`aired`, `published`, `unconfirmed`…).
    ///
    /// # Errors
    /// The database's.
    pub async fn delivery_afterwards(
        &self,
        id: DeliveryId,
        planned_for: i64,
        what: &str,
        pending: bool,
        now: i64,
    ) -> Result<bool> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE delivery SET afterwards = $3, pending = $4, updated_at = $5 WHERE id = $1 AND planned_for = $2",
                params![id.0, planned_for, what, i16::from(pending), now],
            )
            .await?;
        tx.commit().await?;
        Ok(n == 1)
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one column of what is recorded")]
/// As [`apply`], on record: the state it has now, and when a row that waits again is due.
pub(super) async fn decide(
    tx: &Tx,
    id: DeliveryId,
    planned_for: i64,
    event: Event,
    why: &str,
    receipt: Option<&Receipt>,
    actor: &Actor,
    now: i64,
) -> Result<(State, Option<i64>)> {
    let to = apply(tx, id, planned_for, event, why, receipt, now).await?;
    // The earliest time it goes, as it was when somebody decided.
    let due = if to == State::Due {
        let p = params![id.0, planned_for];
        tx.int("SELECT due_at FROM delivery WHERE id = $1 AND planned_for = $2", p).await?
    } else {
        None
    };
    tx.audit(
        now,
        actor,
        "delivery.decide",
        &delivery::code_letters(id.code()),
        serde_json::json!({ "delivery": id.0, "to": to.as_str(), "why": why, "due": due }),
    )
    .await?;
    Ok((to, due))
}

/// Applies an event to a row that nobody is sending, in an open transaction. A refusal writes nothing: the transaction may go on.
pub(super) async fn apply(
    tx: &Tx,
    id: DeliveryId,
    planned_for: i64,
    event: Event,
    why: &str,
    receipt: Option<&Receipt>,
    now: i64,
) -> Result<State> {
    let letters = delivery::code_letters(id.code());
    let lock = if tx.is_sqlite() { "" } else { " FOR UPDATE" };
    let row: Option<Current> = tx
        .row(
            &format!(
                "SELECT state, opened, (SELECT a.opened_at FROM attempt a WHERE a.delivery_id = delivery.id \
                   AND a.planned_for = delivery.planned_for AND a.no = delivery.opened) AS opened_at \
                 FROM delivery WHERE id = $1 AND planned_for = $2{lock}"
            ),
            params![id.0, planned_for],
        )
        .await?;
    let row = row.ok_or_else(|| StoreError::Conflict(format!("there is no delivery T-{}", &letters[..4])))?;
    let from = state_of(row.state)?;
    let to = delivery::next(from, event).ok_or_else(|| {
        StoreError::Conflict(format!("T-{} is {}: this cannot be done to it", &letters[..4], from.as_str()))
    })?;
    if event == Event::Replan && row.opened > 0 {
        return Err(StoreError::Conflict(format!("T-{} was already tried", &letters[..4])));
    }
    let settled = to.is_settled().then_some(now);
    // A row that waits again starts with its time and a fresh count of attempts: a person asked for it.
    let again = matches!(event, Event::RetryByPerson | Event::TurnsOutDue);
    // Only a person's wish starts the count anew and outlives the window.
    let wished = again && !matches!(why, "repeat_is_harmless" | "not_found" | "on_unknown_resend");
    // What may have been sent is not sent again while the first try may still be under way.
    let over = if from == State::Unknown && wished {
        row.opened_at.map_or(now, |at| at + super::LEASE_MS)
    } else {
        now
    };
    let (due, attempts) = (again.then_some(over.max(now)), wished.then_some(0i16));
    let held = matches!(to, State::Held).then_some(why);
    tx.exec(
        "UPDATE delivery SET state = $3, node_id = NULL, held_by = $4, cause_code = $5, due_at = COALESCE($6, due_at), \
           attempts = COALESCE($7, attempts), receipt = COALESCE($8, receipt), settled_at = $9, updated_at = $10, \
           receipt_url = COALESCE($11, receipt_url), pending = COALESCE($12, pending), \
           afterwards = CASE WHEN afterwards IN ('not_known', 'unanswered') THEN NULL ELSE afterwards END \
         WHERE id = $1 AND planned_for = $2",
        params![
            id.0,
            planned_for,
            code(to),
            held,
            why,
            due,
            attempts,
            receipt.map(|r| r.id.as_str()),
            settled,
            now,
            receipt.and_then(|r| r.url.as_deref()),
            receipt.map(|r| i16::from(r.pending))
        ],
    )
    .await?;
    if wished {
        // A row whose window has passed is given a day: somebody wants it.
        tx.exec(
            "UPDATE delivery SET expires_at = $3 + 86400000 WHERE id = $1 AND planned_for = $2 AND expires_at <= $3",
            params![id.0, planned_for, now],
        )
        .await?;
    }
    tx.tally_move(&[(id.occurrence(), Some(row.state), code(to))]).await?;
    if again {
        newest_text(tx, id.occurrence()).await?;
    }
    if event == Event::RetryByPerson {
        // Whoever asks for another try believes that the address lives; an opt-out stays what it is.
        tx.exec(
            "DELETE FROM suppression WHERE reason = 'dead' AND EXISTS (SELECT 1 FROM delivery d \
               JOIN contact c ON c.target_id = d.target_id WHERE d.id = $1 AND d.planned_for = $2 \
               AND d.family = suppression.family AND suppression.bidx = \
                 CASE d.family WHEN 'email' THEN c.email_bidx WHEN 'zalo' THEN c.zalo_bidx ELSE c.telegram_bidx END)",
            params![id.0, planned_for],
        )
        .await?;
    }
    Ok(to)
}

/// What is sent again is what the office says now: the occurrence takes the revision in force, which waits for its own approval.
/// Rows that were tried keep the revision they were tried with.
async fn newest_text(tx: &Tx, occurrence: i64) -> Result<()> {
    let newest = "(SELECT p.revision_id FROM post p WHERE p.origin = occurrence.origin AND p.removed_at IS NULL \
                   AND p.revision_id <> occurrence.revision_id)";
    tx.exec(
        &format!(
            "UPDATE occurrence SET revision_id = {newest}, gate = 'unapproved' WHERE id = $1 AND {newest} IS NOT NULL"
        ),
        params![occurrence],
    )
    .await?;
    Ok(())
}
