//! What a revision rests on that may become untrue after it was approved: facts, and assets of the media kit.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use super::fact::Fact;

/// Facts and assets of a revision, as they were when it was approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// Id → words.
    pub facts: BTreeMap<String, String>,
    /// Id → SHA-256: what it shows, and what stands for what can only be linked to. Pictures of the post's own are not among them.
    pub assets: BTreeMap<String, String>,
}

impl Stated {
    /// Of a revision's manifest (JSON). One that cannot be read states nothing.
    pub fn of(manifest: &str) -> Self {
        let manifest: Value = serde_json::from_str(manifest).unwrap_or_default();
        let mut out = Self::default();
        let text = |v: &Value| v.as_str().map(str::to_owned);
        for (id, says) in manifest["facts"].as_object().into_iter().flatten() {
            out.facts.insert(id.clone(), text(says).unwrap_or_default());
        }
        let mut asset = |id: &Value, hash: &Value| {
            if let (Some(id), Some(hash)) = (text(id).filter(|id| !id.contains('/')), text(hash)) {
                out.assets.insert(id, hash);
            }
        };
        for used in manifest["assets"].as_array().into_iter().flatten() {
            asset(&used["asset"], &used["sha256"]);
            asset(&used["preview"][0], &used["preview"][1]);
        }
        for (id, shown) in manifest["pictures"].as_object().into_iter().flatten() {
            asset(&Value::from(id.as_str()), &shown[0]);
            asset(&shown[4][0], &shown[4][1]);
        }
        out
    }
}

/// What a revision may rest on, as it is now.
#[derive(Clone, Debug, Default)]
pub struct Ground {
    /// Facts by id, with the hash of their words.
    pub facts: BTreeMap<String, (Fact, String)>,
    /// Assets that are as they are pinned: id → SHA-256.
    pub kit: BTreeMap<String, String>,
    /// Most days since the last check of a fact.
    pub max_age: i64,
}

/// What no longer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fails {
    /// A fact that is not true on the day, or is told in other words.
    Facts,
    /// What it shows of the kit is no longer what was approved.
    Kit,
}

impl Fails {
    /// The word of the gate, in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Fails::Facts => "facts",
            Fails::Kit => "kit",
        }
    }
}

impl Ground {
    /// What of a revision no longer holds on a day. `said` makes the hash of a fact's words.
    pub fn fails(&self, stated: &Stated, day: NaiveDate, said: &dyn Fn(&str) -> String) -> Option<Fails> {
        // A register that says it in other words was corrected since the approval.
        let holds = |(id, words): (&String, &String)| {
            self.facts
                .get(id)
                .is_some_and(|(f, says)| f.valid_on(day, self.max_age).is_ok() && *says == said(words))
        };
        if !stated.facts.iter().all(holds) {
            return Some(Fails::Facts);
        }
        // What is shown must be what the kit has pinned, unaltered, its original unchanged.
        stated.assets.iter().any(|(id, hash)| self.kit.get(id) != Some(hash)).then_some(Fails::Kit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_and_told_is_found() {
        let manifest = serde_json::json!({
            "facts": {"gio": "Làm việc từ 8 giờ"},
            "assets": [
                {"asset": "to-roi", "sha256": "aa", "preview": ["bia", "bb"]},
                {"asset": "chien-dich/bai/anh-1.png", "sha256": "cc"},
                {"asset": "mat", "sha256": null},
            ],
            "pictures": {"ap-phich": ["dd", "Áp phích", null, null, null], "clip": ["ee", "Clip", null, null, ["anh-clip", "ff"]]},
        });
        let got = Stated::of(&manifest.to_string());
        assert_eq!(got.facts, BTreeMap::from([("gio".into(), "Làm việc từ 8 giờ".into())]));
        let assets =
            [("to-roi", "aa"), ("bia", "bb"), ("ap-phich", "dd"), ("clip", "ee"), ("anh-clip", "ff")];
        assert_eq!(got.assets, assets.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        assert_eq!(Stated::of("{"), Stated::default());
    }
}
