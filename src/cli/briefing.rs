//! What `loa status` says, handed down to whoever writes to people on duty: they read the same words and paste the same commands.

use async_trait::async_trait;

use super::{Ctx, screens};
use crate::config::Settings;
use crate::plan::alerts::{Brief, Briefing};
use crate::render::NoticeItem;
use crate::store::Store;

/// Says what `status` says, in the office's language.
pub struct StatusBriefing {
    ctx: Ctx,
    settings: Settings,
    store: Store,
    files: bool,
}

impl StatusBriefing {
    /// For the office of a context. `files`: the folder is read, too.
    pub fn new(ctx: &Ctx, settings: &Settings, store: Store, files: bool) -> Self {
        let ctx = Ctx {
            root: ctx.root.clone(),
            lang: settings.language,
            json: false,
            sandbox: ctx.sandbox,
            lang_given: ctx.lang_given,
            flags: ctx.flags.clone(),
            env: ctx.env.clone(),
            clock: ctx.clock.clone(),
            os_user: ctx.os_user.clone(),
        };
        Self { ctx, settings: settings.clone(), store, files }
    }
}

#[async_trait]
impl Briefing for StatusBriefing {
    async fn brief(&self) -> Option<Brief> {
        let loaded = self.files.then(|| self.ctx.load(&self.settings));
        let s = match screens::gathered(&self.ctx, &self.settings, &self.store, loaded.as_ref()).await {
            Ok(s) => s,
            Err(stop) => {
                tracing::error!(reason = stop.text, "what status says cannot be said to who is on duty");
                return None;
            }
        };
        Some(Brief {
            well: s.well(),
            needs: s
                .needs
                .iter()
                .map(|n| NoticeItem { says: n.says.clone(), actions: vec![n.action.clone()] })
                .collect(),
            waits: [s.held, s.waiting, s.unwritten].concat(),
            approvals: s.approvals,
            next: s.next,
            stations: s.stations,
            machine: s.machine,
        })
    }

    fn command(&self, words: &[&str]) -> String {
        self.ctx.hint(words)
    }
}
