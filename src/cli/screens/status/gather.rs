//! Reads the ledger and the folder for `loa status`, block by block; the blocks stand in the files beside this one.

use super::super::brakes::Brakes;
use super::super::show::Show;
use super::{Status, moment};
use crate::cli::{Ctx, Stop};
use crate::config::{Account, Settings};
use crate::domain::people::Person;
use crate::domain::text::{self, Lang};
use crate::manifest::Loaded;
use crate::plan::{approve, ms};
use crate::store::{AccountState, ProbeRow, Store};

/// Rows named one by one before the rest is counted.
pub(super) const NAMED: usize = 3;

/// Everything the screen says. Without a folder: what the ledger alone knows.
///
/// # Errors
/// The database's.
pub async fn status(
    ctx: &Ctx,
    settings: &Settings,
    store: &Store,
    folder: Option<&Loaded>,
) -> Result<Status, Stop> {
    let show = Show::new(ctx.lang, settings, ctx.now());
    let now = ms(ctx.now());
    let g = Gather {
        ctx,
        settings,
        store,
        folder,
        show,
        now,
        brakes: Brakes::read(store, settings, now).await?,
        accounts: store.account_all().await?,
        probes: store.probe_all().await?,
    };
    let mut s = Status { moment: moment(&show), ..Status::default() };
    let organisation = settings.organisation.as_str();
    s.office = store.unit_name(organisation).await?.unwrap_or_else(|| organisation.to_owned());
    g.accounts(&mut s).await?;
    g.questions(&mut s).await?;
    g.urgent(&mut s).await?;
    g.failures(&mut s).await?;
    g.packages(&mut s).await?;
    g.folder(&mut s).await?;
    g.stopped(&mut s).await?;
    g.held(&mut s).await?;
    g.approvals(&mut s).await?;
    g.today(&mut s).await?;
    g.stations(&mut s).await?;
    g.next(&mut s).await?;
    g.machine(&mut s).await?;
    g.keeping(&mut s).await?;
    g.alerts(&mut s).await?;
    g.seen(&mut s).await?;
    Ok(s)
}

pub(super) struct Gather<'a> {
    pub(super) ctx: &'a Ctx,
    pub(super) settings: &'a Settings,
    pub(super) store: &'a Store,
    pub(super) folder: Option<&'a Loaded>,
    pub(super) show: Show,
    pub(super) now: i64,
    pub(super) brakes: Brakes,
    pub(super) accounts: Vec<AccountState>,
    pub(super) probes: Vec<ProbeRow>,
}

impl Gather<'_> {
    pub(super) fn lang(&self) -> Lang {
        self.show.lang
    }

    /// The placeholder for who types a command.
    pub(super) fn name(&self) -> &'static str {
        self.lang().pick("TÊN", "NAME")
    }

    /// `3 đài`, `3 stations`, `1 station`.
    pub(super) fn count(&self, n: i64, vi: &str, en: &str) -> String {
        match self.lang() {
            Lang::Vi => format!("{} {vi}", self.show.n(n)),
            Lang::En => text::plural(n, en, &format!("{en}s")),
        }
    }

    /// An account of the settings.
    pub(super) fn account(&self, id: &str) -> Option<&Account> {
        self.settings.accounts.values().find(|a| a.id.as_str() == id)
    }

    /// The kind of an account; empty if the settings have none of that name.
    pub(super) fn kind(&self, account: &str) -> &str {
        self.account(account).map_or("", |a| a.kind.as_str())
    }

    /// The kind that a probe of an account asks: that of the account it borrows, if it does.
    pub(super) fn asked_kind(&self, account: &str) -> &str {
        let carrier = self.account(account).and_then(|a| a.carrier.as_ref());
        carrier.map_or_else(|| self.kind(account), |c| self.kind(c.as_str()))
    }

    /// `872 thư`, `3 gói bài`; `1 mail`.
    pub(super) fn items(&self, n: i64, account: &str) -> String {
        let (vi, en) = match self.kind(account) {
            "email" => ("thư", "mail"),
            "hand-over" | "press" => ("gói bài", "package"),
            "station" => ("phiếu đài", "sheet"),
            "wordpress" => ("bài đăng", "article"),
            _ => ("tin", "message"),
        };
        self.count(n, vi, en)
    }

    /// A person of the office as people call each other; the id if the folder knows nobody of that id.
    pub(super) fn person(&self, id: &str) -> String {
        let known = self.folder.and_then(|f| f.workspace.people.values().find(|p| p.id.as_str() == id));
        known.map_or_else(|| id.to_owned(), |p| p.name.clone())
    }

    /// Who may give a step today, apart from the author.
    fn holders(&self, step: &str, author: &str) -> Vec<&Person> {
        let today = self.show.today();
        let people = self.folder.into_iter().flat_map(|f| f.workspace.people.values());
        people
            .filter(|p| p.id.as_str() != author && approve::may(self.settings, p, step, today).is_some())
            .collect()
    }

    /// The step of approval that is next.
    pub(super) fn step(&self, class: &str, given: i64) -> String {
        let steps = approve::steps(self.settings, approve::class_of(class));
        match steps.get(usize::try_from(given).unwrap_or(0)).map(String::as_str) {
            Some(approve::ANYBODY) | None => {
                self.lang().pick("một người khác người soạn", "anybody but the author").to_owned()
            }
            Some(step) => {
                // Who stands in today is said beside the role.
                let today = self.show.today();
                let stand_in = self
                    .settings
                    .substitutes
                    .iter()
                    .find(|x| x.for_step == step && x.from <= today && today <= x.until)
                    .map(|x| {
                        let person = self.person(x.person.as_str());
                        format!(", {} {person}", self.lang().pick("thay:", "substitute:"))
                    })
                    .unwrap_or_default();
                format!("{step}{stand_in}")
            }
        }
    }

    /// Whom to call for the next step: ` Gọi Lê Thị Bình 0900 000 001.` Empty if nobody is known, or too many.
    pub(super) fn call_for_step(&self, class: &str, given: i64, author: &str) -> String {
        let steps = approve::steps(self.settings, approve::class_of(class));
        let Some(step) = steps.get(usize::try_from(given).unwrap_or(0)) else { return String::new() };
        let holders = self.holders(step, author);
        if holders.is_empty() || holders.len() > NAMED {
            return String::new();
        }
        let names: Vec<String> = holders
            .iter()
            .map(|p| match &p.phone {
                Some(phone) => format!("{} {phone}", p.name),
                None => p.name.clone(),
            })
            .collect();
        self.call(&names.join(self.lang().pick(" hoặc ", " or ")))
    }

    /// ` Gọi Vũ Thị Mai 0900 000 383.`; nothing for nobody.
    pub(super) fn call(&self, whom: &str) -> String {
        if whom.is_empty() {
            return String::new();
        }
        say!(self.lang(), " Gọi {whom}.", " Call {whom}.")
    }
}
