//! A small campaign in a database of its own, driven through the store's public calls to wherever a test needs it.

use chrono::{DateTime, Utc};
use loa::domain::delivery::{DeliveryId, Event};
use loa::domain::id::ListId;
use loa::domain::message::{Attachment, Rendition, Role, Voice};
use loa::domain::people::Actor;
use loa::domain::unit::{ContactList, ContactRow, Ground};
use loa::store::{
    AccountEffect, ApprovalRow, ChannelRow, ClaimRequest, Claimed, DeliveryRow, Intent, LogFilter,
    NewOccurrence, NewPost, NewRevision, NodeId, PlanWrite, Settle, SheetLine, Store, SystemDelivery,
    WriterHandle,
};

/// The instant of an RFC 3339 text.
pub fn at(s: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(s).expect(s).with_timezone(&Utc)
}

/// The same in milliseconds.
pub fn ms(s: &str) -> i64 {
    at(s).timestamp_millis()
}

/// A channel `unit/family`.
pub fn channel(unit: &str, name: &str, family: &str, account: &str, kind: &str) -> ChannelRow {
    ChannelRow {
        target_ref: format!("{unit}/{family}"),
        unit: unit.into(),
        unit_name: name.into(),
        family: family.into(),
        account: account.into(),
        kind: kind.into(),
        mode: (kind == "hand-over").then(|| "hand-over".into()),
        url: None,
        address: Some(format!("{unit}@x.example")),
        covered: None,
        officer: None,
        station: None,
    }
}

/// A post with one revision.
pub fn post(origin: &str, title: &str) -> NewPost {
    NewPost {
        revision: Some(NewRevision {
            origin: origin.into(),
            hash: format!("hash of {origin}"),
            class: "policy".into(),
            title: title.into(),
            author: "lan".into(),
            manifest: "{}".into(),
        }),
        origin: origin.into(),
        title: title.into(),
        stopped: None,
        sendings: vec![],
    }
}

/// An occurrence to channels, due at its nominal time.
pub fn occurrence(origin: &str, family: &str, time: &str, channels: &[&str]) -> NewOccurrence {
    NewOccurrence {
        origin: origin.into(),
        sending: family.into(),
        slot: time.into(),
        family: family.into(),
        priority: 2,
        planned_for: ms(time),
        due_at: ms(time),
        expires_at: ms(time) + 86_400_000,
        times: 1,
        channels: channels.iter().map(|u| format!("{u}/{family}")).collect(),
        lists: vec![],
        except_lists: vec![],
        carrier: None,
    }
}

/// `n` people with a mail address each.
pub fn list(id: &str, n: usize) -> ContactList {
    ContactList {
        id: ListId::new(id),
        title: format!("Danh sách {id}"),
        ground: Ground::Consent,
        source: "test".into(),
        contacts: (0..n)
            .map(|i| ContactRow {
                name: Some(format!("Người {i}")),
                email: Some(format!("nguoi{i}@x.example")),
                zalo: None,
                telegram: None,
                ground: None,
            })
            .collect(),
    }
}

/// A rendition with a picture, for a kind.
pub fn rendition(kind: &str, voice: Voice, title: &str) -> Rendition {
    Rendition {
        voice,
        kind: kind.into(),
        title: title.into(),
        lead: String::new(),
        text: "Nội dung.".into(),
        html: None,
        parts: vec![],
        attachments: vec![Attachment {
            // Editors take pictures as files.
            role: if voice == Voice::Press { Role::File } else { Role::Featured },
            name: "poster.png".into(),
            mime: "image/png".into(),
            sha256: "0".repeat(64),
            bytes: 10,
            cid: "poster@loa".into(),
            alt: "Áp phích".into(),
            caption: None,
            url: None,
        }],
        slug: "bai".into(),
        link: None,
        categories: vec![],
        tags: vec![],
        seconds: None,
        album: 0,
    }
}

/// A database with a node that sends.
pub struct Ledger {
    pub store: Store,
    pub node: NodeId,
    handle: WriterHandle,
}

impl Ledger {
    pub async fn new() -> Self {
        Self::over(Store::in_memory().await.expect("a database")).await
    }

    /// The same over a database that lies somewhere.
    pub async fn over(store: Store) -> Self {
        let node = store.node_start("test", 1).await.expect("a node");
        let (writer, handle) = store.writer();
        #[expect(clippy::disallowed_methods, reason = "a test stands in for the daemon")]
        tokio::spawn(writer.run());
        Self { store, node, handle }
    }

    /// Writes a plan, opens every gate, expands lists, and lets what is due by `now` be due.
    pub async fn plan(&self, plan: &PlanWrite, now: &str) {
        let s = &self.store;
        s.plan_write(plan, None, i64::MAX / 4, &Actor::system(), 1).await.expect("a plan");
        let open: Vec<_> =
            s.occurrence_all().await.expect("occurrences").iter().map(|o| (o.id, None)).collect();
        s.gate_turn(&open, 2).await.expect("a gate");
        while s.expand_step(ms(now), 2).await.expect("an expansion").0 > 0 {}
        s.gate_turn(&[], ms(now)).await.expect("a gate");
    }

    /// Freezes a rendition of a post.
    pub async fn freeze(&self, origin: &str, r: &Rendition) {
        let post = self.store.post_get(origin).await.expect("an answer").expect("a post");
        let step = ApprovalRow {
            revision_id: post.revision_id.expect("a revision"),
            step: 0,
            step_name: "lanh-dao".into(),
            by_name: "binh".into(),
            proof: "attested".into(),
            document: None,
            counts: "{}".into(),
            templates: None,
            at: 1,
        };
        let actor = Actor::attested("binh");
        self.store
            .approval_add(&step, origin, std::slice::from_ref(r), &actor, 1)
            .await
            .expect("an approval");
    }

    /// Sends what an account has due; `answer` says what becomes of each row, in the order of claims. Packages are pending then.
    pub async fn send(&self, account: &str, now: &str, answer: impl Fn(usize, &Claimed) -> Event) -> usize {
        self.send_with(account, now, |c| c.kind == "hand-over", answer).await
    }

    /// The same; `pending` says of which rows a person at the far side still has to act.
    pub async fn send_with(
        &self,
        account: &str,
        now: &str,
        pending: impl Fn(&Claimed) -> bool,
        answer: impl Fn(usize, &Claimed) -> Event,
    ) -> usize {
        let request = ClaimRequest {
            account: account.into(),
            node: self.node,
            now: ms(now),
            n: 100,
            reserve: 0,
            only: None,
            limits: [].into(),
        };
        let rows = self.handle.claim(request).await.expect("a claim");
        let intents = rows
            .iter()
            .map(|c| Intent {
                id: c.id,
                planned_for: c.planned_for,
                node: self.node,
                now: ms(now),
                account: account.into(),
                attempt: c.opened + 1,
                revision_id: c.revision_id,
                counted: false,
                chat: None,
                messages: 1,
            })
            .collect();
        self.handle.intend(intents).await.expect("intents");
        let settle = |(i, c): (usize, &Claimed)| {
            let event = answer(i, c);
            let accepted = matches!(event, Event::Accepted);
            Settle {
                id: c.id,
                planned_for: c.planned_for,
                node: self.node,
                attempt: c.opened + 1,
                event,
                outcome: "x",
                spend: true,
                cause: None,
                receipt: accepted.then(|| "77".to_owned()),
                receipt_url: None,
                pending: accepted && pending(c),
                due_at: None,
                suppress: false,
                account: account.into(),
                counted: false,
                effect: AccountEffect::Fine,
                at: ms(now),
            }
        };
        self.handle.settle(rows.iter().enumerate().map(settle).collect()).await.expect("answers");
        rows.len()
    }

    /// Puts a station's due rows on a sheet, which arrives.
    pub async fn sheet(&self, unit: &str, code: &str, now: &str) {
        let (followed, rows) = self.sheet_with(unit, code, now, Event::Accepted).await;
        assert_eq!(followed, rows, "rows follow their sheet");
    }

    /// Puts a station's due rows on a sheet and says what becomes of it: how many rows follow, and of how many.
    pub async fn sheet_with(&self, unit: &str, code: &str, now: &str, event: Event) -> (u64, u64) {
        let due = self.store.station_due(ms(now)).await.expect("rows");
        let own: Vec<_> = due.iter().filter(|r| r.unit == unit && r.sheet.is_none()).collect();
        let first = own.first().expect("a row of the station is due");
        let r = rendition("station", Voice::Script, "Phiếu phát thanh");
        let delivery = SystemDelivery {
            revision: NewRevision {
                origin: "system/sheet".into(),
                hash: code.into(),
                class: "internal".into(),
                title: r.title.clone(),
                author: "loa".into(),
                manifest: "{}".into(),
            },
            rendition: &r,
            slot: format!("{unit}/{code}"),
            target_ref: first.target_ref.clone(),
            account: first.carrier.clone(),
            kind: first.carrier_kind.clone(),
            family: "station".into(),
            priority: 2,
            due_at: ms(now),
            expires_at: first.expires_at,
        };
        let line = |r: &&loa::store::StationDue| SheetLine {
            delivery_id: r.id,
            planned_for: r.planned_for,
            revision_id: r.revision_id,
            times: r.times,
            slots: "[]".into(),
        };
        let rows: Vec<SheetLine> = own.iter().map(line).collect();
        let made = self.store.sheet_make(&delivery, code, unit, &first.slot, 1, &rows, ms(now)).await;
        made.expect("a sheet").expect("a new sheet");
        self.store.gate_turn(&[], ms(now)).await.expect("a gate");
        assert_eq!(self.send(&first.carrier, now, |_, _| event).await, 1);
        let n = self.store.station_accept(self.node, ms(now)).await.expect("rows follow their sheet");
        (n, rows.len() as u64)
    }

    /// The rows of the ledger, Loa's own too.
    pub async fn rows(&self) -> Vec<DeliveryRow> {
        let filter = LogFilter { limit: 1000, system: true, ..LogFilter::default() };
        self.store.log_page(&filter).await.expect("a log").rows
    }

    /// The row of a post and target.
    pub async fn row(&self, origin: &str, target: &str) -> DeliveryRow {
        let rows = self.rows().await;
        rows.into_iter().find(|r| r.origin == origin && r.target_ref == target).expect("the row")
    }

    /// The shortest code of a row.
    pub async fn code(&self, id: DeliveryId) -> String {
        self.store.code_short(id.code()).await.expect("a code")
    }
}
