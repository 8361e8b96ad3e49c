//! What every command starts from: the workspace's folder, the language, the settings, the database, the time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::Stop;
use crate::config::Settings;
use crate::daemon::SystemClock;
use crate::domain::people::Actor;
use crate::domain::port::Clock;
use crate::domain::text::Lang;
use crate::kit::AssetStore;
use crate::manifest::Loaded;
use crate::render::Templates;
use crate::store::Store;

/// What a command works with.
pub struct Ctx {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Language of what is printed.
    pub lang: Lang,
    /// Print JSON for machines.
    pub json: bool,
    /// Look at the sandbox's database instead of the real one.
    pub sandbox: bool,
    /// The language that was asked for on the command line.
    pub lang_given: Option<Lang>,
    /// What every command that is shown repeats; see [`Ctx::hint`].
    pub flags: String,
    /// Variables of the process.
    pub env: BTreeMap<String, String>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Who is at the keyboard, as far as the system knows: `os:<user>`.
    pub os_user: String,
}

impl Ctx {
    /// A context for a workspace.
    pub fn new(root: PathBuf, lang: Option<Lang>, json: bool, sandbox: bool) -> Self {
        let env = crate::config::environment();
        let (lang_given, flags) = (lang, super::hint::flags(&root, sandbox, lang));
        let lang = lang.unwrap_or_else(|| {
            let l = env.get("LC_ALL").or_else(|| env.get("LANG")).map_or("", String::as_str);
            if l.starts_with("en") { Lang::En } else { Lang::Vi }
        });
        let os_user = format!("os:{}", env.get("USER").map_or("?", String::as_str));
        Self { root, lang, json, sandbox, lang_given, flags, env, clock: Arc::new(SystemClock), os_user }
    }

    /// Vietnamese or English.
    pub fn say<'a>(&self, vi: &'a str, en: &'a str) -> &'a str {
        match self.lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    /// The instant now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// `--by`, or who is at the keyboard. Attested in both cases.
    pub fn actor(&self, by: Option<&str>) -> Actor {
        Actor::attested(by.unwrap_or(&self.os_user))
    }

    /// The settings; its faults end the command.
    ///
    /// # Errors
    /// `loa.yaml` cannot be used.
    pub fn settings(&self, secrets: bool) -> Result<Settings, Stop> {
        let kinds: Vec<&str> = crate::transport::KINDS.iter().map(|k| k.name).collect();
        let (settings, faults) = crate::config::load(&self.root, &self.env, secrets, &kinds);
        match settings {
            Some(mut s) => {
                s.database = self.database(&s);
                Ok(s)
            }
            None => Err(Stop::unusable(self.faults(&faults))),
        }
    }

    fn database(&self, s: &Settings) -> String {
        if self.sandbox {
            return format!("sqlite:{}", self.var().join("loa.db").display());
        }
        match s.database.strip_prefix("sqlite:") {
            Some(path) if !path.starts_with('/') && path != ":memory:" => {
                format!("sqlite:{}", self.root.join(path).display())
            }
            _ => s.database.clone(),
        }
    }

    /// Where this workspace keeps what is not in git.
    pub fn var(&self) -> PathBuf {
        if self.sandbox { self.root.join("var/sandbox") } else { self.root.join("var") }
    }

    /// The database.
    ///
    /// # Errors
    /// It cannot be opened.
    pub async fn store(&self, settings: &Settings) -> Result<Store, Stop> {
        let store = Store::open(&settings.database, &self.var().join("key")).await?;
        store.read_time(self.clock.clone()).await?;
        Ok(store)
    }

    /// The database to look at. One that was never made is not made by looking: an empty one stands in.
    ///
    /// # Errors
    /// It cannot be opened, or it cannot be seen whether it is there.
    pub async fn look(&self, settings: &Settings) -> Result<Store, Stop> {
        let there = match settings.database.strip_prefix("sqlite:").map(Path::new) {
            Some(path) => path.try_exists().map_err(|e| Stop::file(path, &e))?,
            None => true,
        };
        // A ledger that is gone though its key lies there is no new office: that is said by whoever opens it.
        let known = self.var().join("key").exists();
        if there || known { self.store(settings).await } else { Ok(Store::in_memory().await?) }
    }

    /// The frozen files.
    pub fn assets(&self) -> AssetStore {
        AssetStore::new(self.var().join("assets"))
    }

    /// The templates; their faults end the command.
    ///
    /// # Errors
    /// A template cannot be used.
    pub fn templates(&self) -> Result<Templates, Stop> {
        Templates::load(&self.root).map_err(|faults| {
            Stop::attention(
                faults.iter().map(|f| f.message(self.lang).to_owned()).collect::<Vec<_>>().join("\n"),
            )
        })
    }

    /// The workspace as it lies in the folder.
    pub fn load(&self, settings: &Settings) -> Loaded {
        let today = self.now().with_timezone(&settings.time_zone).date_naive();
        let mut loaded = crate::manifest::load(&self.root, settings, today);
        crate::plan::vet(&mut loaded, settings);
        loaded
    }
}

/// True if the path names a workspace.
pub fn is_workspace(root: &Path) -> bool {
    root.join("loa.yaml").is_file()
}
