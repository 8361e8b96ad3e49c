//! Approvals, and the renditions frozen with them.

use sea_orm::FromQueryResult;

use super::{Result, Store, StoreError, Tx, crypt::hex, params};
use crate::domain::delivery::State;
use crate::domain::message::Rendition;
use crate::domain::people::Actor;

/// A revision as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct RevisionRow {
    /// Its number.
    pub id: i64,
    /// Where it belongs.
    pub origin: String,
    /// SHA-256 of the manifest.
    pub hash: String,
    /// Class of approval.
    pub class: String,
    /// Title.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// The manifest, JSON.
    pub manifest: String,
}

/// A step of approval as stored.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct ApprovalRow {
    /// Of which revision.
    pub revision_id: i64,
    /// Which step, from 0.
    pub step: i64,
    /// The step's name in `loa.yaml`.
    pub step_name: String,
    /// Who.
    pub by_name: String,
    /// How we know.
    pub proof: String,
    /// The document of a substitute.
    pub document: Option<String>,
    /// What the selectors chose at that moment, JSON.
    pub counts: String,
    /// Templates of the renditions that were frozen with the step, JSON: path to SHA-256. Recorded, never compared by a gate.
    pub templates: Option<String>,
    /// When, milliseconds.
    pub at: i64,
}

/// Why a row is held whose kind has no rendition in its revision.
pub const NO_RENDITION: &str = "no_rendition";

#[derive(FromQueryResult)]
struct Body {
    body: String,
}

fn read_all(rows: &[Body], of: &str) -> Result<Vec<Rendition>> {
    rows.iter()
        .map(|r| {
            serde_json::from_str(&r.body).map_err(|e| StoreError::Corrupt(format!("rendition of {of}: {e}")))
        })
        .collect()
}

/// Keeps a rendition; an existing one of the same revision, kind and voice stays as it is: it is frozen.
pub(super) async fn rendition_put(tx: &Tx, revision: i64, r: &Rendition, now: i64) -> Result<()> {
    let body = serde_json::to_string(r).map_err(|e| StoreError::Corrupt(e.to_string()))?;
    let hash = hex(ring::digest::digest(&ring::digest::SHA256, body.as_bytes()).as_ref());
    tx.exec(
        "INSERT INTO rendition (revision_id, voice, kind, hash, body, messages, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7) \
         ON CONFLICT (revision_id, kind, voice) DO NOTHING",
        params![revision, r.voice.as_str(), r.kind.as_str(), hash, body, i32::from(r.messages()), now],
    )
    .await?;
    Ok(())
}

impl Store {
    /// One revision.
    ///
    /// # Errors
    /// The database's.
    pub async fn revision_get(&self, id: i64) -> Result<Option<RevisionRow>> {
        self.row(
            "SELECT id, origin, hash, class, title, author, manifest FROM revision WHERE id = $1",
            params![id],
        )
        .await
    }

    /// The steps given for a revision, in order.
    ///
    /// # Errors
    /// The database's.
    pub async fn approval_of(&self, revision: i64) -> Result<Vec<ApprovalRow>> {
        self.rows(
            "SELECT revision_id, step, step_name, by_name, proof, document, counts, templates, at FROM approval \
             WHERE revision_id = $1 ORDER BY step",
            params![revision],
        )
        .await
    }

    /// The steps of all revisions in force.
    ///
    /// # Errors
    /// The database's.
    pub async fn approval_in_force(&self) -> Result<Vec<ApprovalRow>> {
        self.rows(
            "SELECT a.revision_id, a.step, a.step_name, a.by_name, a.proof, a.document, a.counts, a.templates, a.at FROM approval a \
             WHERE a.revision_id IN (SELECT revision_id FROM occurrence WHERE cancelled_at IS NULL) \
             ORDER BY a.revision_id, a.step",
            vec![],
        )
        .await
    }

    /// Records a step together with the renditions it is about.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the post changed in between or the step was already given.
    pub async fn approval_add(
        &self,
        step: &ApprovalRow,
        origin: &str,
        renditions: &[Rendition],
        actor: &Actor,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        let current = tx.int("SELECT revision_id FROM post WHERE origin = $1", params![origin]).await?;
        if current != Some(step.revision_id) {
            return Err(StoreError::Conflict(format!("{origin} changed in between; look at it again")));
        }
        for r in renditions {
            rendition_put(&tx, step.revision_id, r, now).await?;
        }
        let n = tx
            .exec(
                "INSERT INTO approval (revision_id, step, step_name, by_name, proof, document, counts, at, templates) \
                 VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (revision_id, step) DO NOTHING",
                params![
                    step.revision_id,
                    step.step,
                    step.step_name.as_str(),
                    step.by_name.as_str(),
                    step.proof.as_str(),
                    step.document.as_deref(),
                    step.counts.as_str(),
                    now,
                    step.templates.as_deref()
                ],
            )
            .await?;
        if n != 1 {
            return Err(StoreError::Conflict(format!(
                "{origin}: this step was given a moment ago by somebody else"
            )));
        }
        tx.audit(
            now,
            actor,
            "post.approve",
            origin,
            serde_json::json!({ "revision": step.revision_id, "step": step.step_name, "counts": step.counts }),
        )
        .await?;
        tx.commit().await
    }

    /// Gives a step again, because a list grew or a channel changed its kind: with the counts of now and the renditions that are
    /// new. Who gave it before stands in the audit. Rows that were held for want of a rendition wait again.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the post changed in between or the step was never given.
    pub async fn approval_renew(
        &self,
        step: &ApprovalRow,
        origin: &str,
        renditions: &[Rendition],
        actor: &Actor,
        now: i64,
    ) -> Result<()> {
        let tx = self.begin().await?;
        let n = tx
            .exec(
                "UPDATE approval SET by_name = $3, proof = $4, document = $5, counts = $6, at = $7, \
                        templates = COALESCE(templates, $9) \
                 WHERE revision_id = $1 AND step = $2 \
                   AND revision_id = (SELECT revision_id FROM post WHERE origin = $8)",
                params![
                    step.revision_id,
                    step.step,
                    step.by_name.as_str(),
                    step.proof.as_str(),
                    step.document.as_deref(),
                    step.counts.as_str(),
                    now,
                    origin,
                    step.templates.as_deref()
                ],
            )
            .await?;
        if n != 1 {
            return Err(StoreError::Conflict(format!("{origin} changed in between; look at it again")));
        }
        for r in renditions {
            rendition_put(&tx, step.revision_id, r, now).await?;
        }
        super::moves::set_where(
            &tx,
            &format!(
                "state = 5 AND held_by = '{NO_RENDITION}' AND occurrence_id IN \
                 (SELECT id FROM occurrence WHERE revision_id = {} AND cancelled_at IS NULL)",
                step.revision_id
            ),
            State::Due,
            "released",
            now,
        )
        .await?;
        tx.audit(
            now,
            actor,
            "post.approve_again",
            origin,
            serde_json::json!({ "revision": step.revision_id, "step": step.step_name, "counts": step.counts }),
        )
        .await?;
        tx.commit().await
    }

    /// Whether an occurrence of a post is shut for this reason.
    ///
    /// # Errors
    /// The database's.
    pub async fn post_has_gate(&self, origin: &str, gate: &str) -> Result<bool> {
        Ok(self
            .int(
                "SELECT count(*) FROM occurrence WHERE origin = $1 AND gate = $2 AND cancelled_at IS NULL",
                params![origin, gate],
            )
            .await?
            > 0)
    }

    /// Whether rows of a revision are held because nothing was frozen for their kind.
    ///
    /// # Errors
    /// The database's.
    pub async fn revision_lacks_rendition(&self, revision: i64) -> Result<bool> {
        Ok(self
            .int(
                &format!(
                    "SELECT count(*) FROM delivery d JOIN occurrence o ON o.id = d.occurrence_id \
                     WHERE o.revision_id = $1 AND o.cancelled_at IS NULL AND d.state = 5 AND d.held_by = '{NO_RENDITION}'"
                ),
                params![revision],
            )
            .await?
            > 0)
    }

    /// The renditions of the revision of a post that was approved last by all its steps, of revisions other than `but`.
    ///
    /// # Errors
    /// The database's.
    pub async fn renditions_approved(
        &self,
        origin: &str,
        steps: usize,
        but: Option<i64>,
    ) -> Result<Vec<Rendition>> {
        let rows: Vec<Body> = self
            .rows(
                "SELECT body FROM rendition WHERE revision_id = \
                   (SELECT a.revision_id FROM approval a JOIN revision v ON v.id = a.revision_id \
                    WHERE v.origin = $1 AND v.id <> $3 GROUP BY a.revision_id HAVING count(*) >= $2 \
                    ORDER BY max(a.at) DESC, a.revision_id DESC LIMIT 1) \
                 ORDER BY kind, voice",
                params![origin, steps as i64, but.unwrap_or(-1)],
            )
            .await?;
        read_all(&rows, origin)
    }

    /// All renditions of a revision, by kind.
    ///
    /// # Errors
    /// The database's.
    pub async fn renditions_of(&self, revision: i64) -> Result<Vec<Rendition>> {
        let rows: Vec<Body> = self
            .rows("SELECT body FROM rendition WHERE revision_id = $1 ORDER BY kind, voice", params![revision])
            .await?;
        read_all(&rows, &format!("revision {revision}"))
    }

    /// With which templates the renditions were made of which something may still go out: origin, JSON (path to SHA-256).
    ///
    /// # Errors
    /// The database's.
    pub async fn approval_templates(&self, now: i64) -> Result<Vec<(String, String)>> {
        #[derive(FromQueryResult)]
        struct Made {
            origin: String,
            templates: String,
        }
        let rows: Vec<Made> = self
            .rows(
                "SELECT v.origin, a.templates FROM approval a JOIN revision v ON v.id = a.revision_id \
                 WHERE a.templates IS NOT NULL AND a.revision_id IN \
                   (SELECT revision_id FROM occurrence WHERE cancelled_at IS NULL AND expires_at > $1) \
                 ORDER BY v.origin, a.step",
                params![now],
            )
            .await?;
        Ok(rows.into_iter().map(|r| (r.origin, r.templates)).collect())
    }

    /// A frozen rendition.
    ///
    /// # Errors
    /// The database's.
    pub async fn rendition_get(&self, revision: i64, kind: &str) -> Result<Option<Rendition>> {
        let row: Option<Body> = self
            .row("SELECT body FROM rendition WHERE revision_id = $1 AND kind = $2", params![revision, kind])
            .await?;
        row.map(|r| {
            serde_json::from_str(&r.body)
                .map_err(|e| StoreError::Corrupt(format!("rendition of revision {revision}: {e}")))
        })
        .transpose()
    }
}
