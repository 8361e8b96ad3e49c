//! The pictures of renditions as their kinds take them: made of the kit's originals, kept in the asset store, named by their hash.
//! What is frozen names the derivative, so that neither another recipe nor another decoder changes what was approved.

use std::path::PathBuf;

use crate::config::Settings;
use crate::domain::form::Form;
use crate::domain::kit::Asset;
use crate::domain::message::MARK_PUBLIC;
use crate::kit::{AssetStore, read};
use crate::render::{AsTheyAre, Picture, Pictures, official};
use crate::yaml::Say;

/// Makes pictures of the originals in `campaigns/`.
#[derive(Debug)]
pub struct Derivatives<'a> {
    campaigns: PathBuf,
    store: &'a AssetStore,
    /// The office has a public listener.
    public: bool,
}

impl<'a> Derivatives<'a> {
    /// Of the workspace's kit, kept in `store`.
    pub fn new(settings: &Settings, store: &'a AssetStore) -> Self {
        let public = settings.public_url.is_some() && settings.public_listen.is_some();
        Self { campaigns: settings.root.join("campaigns"), store, public }
    }

    /// Where the office's own listener shows a picture, once it is [published](AssetStore::publish).
    fn shown_at(&self, sha256: &str, mime: &str) -> Option<String> {
        let end = if mime == "image/jpeg" { "jpg" } else { "png" };
        self.public.then(|| format!("{MARK_PUBLIC}/p/{sha256}.{end}"))
    }
}

impl Pictures for Derivatives<'_> {
    fn made(&self, asset: &Asset, form: &Form) -> Result<Picture, Say> {
        let Some(recipe) = &form.picture else { return AsTheyAre.made(asset, form) };
        let original = || read(&self.campaigns.join(&asset.file)).map(Into::into);
        let made = self.store.derived(&asset.sha256, recipe, original).map_err(|e| e.say())?;
        let url = if form.fetches { self.shown_at(&made.sha256, &made.mime) } else { official(asset) };
        Ok(Picture { mime: made.mime, sha256: made.sha256, bytes: made.bytes, width: Some(made.width), url })
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat};

    use std::collections::BTreeMap;

    use super::*;

    fn form(kind: &str) -> &'static Form {
        crate::transport::form(kind).unwrap()
    }

    #[test]
    fn renditions_are_tested_with_what_the_kinds_take() {
        let kinds = crate::transport::KINDS.iter().filter(|k| k.name != "scripted");
        let own: BTreeMap<&str, Form> = kinds.map(|k| (k.name, Form { picture: None, ..k.form })).collect();
        let tested: BTreeMap<&str, Form> = crate::render::forms::FORMS.map(|f| (f.kind, f)).into();
        assert_eq!(tested, own);
    }

    fn workspace(picture: &[u8], name: &str, mime: &str) -> (tempfile::TempDir, Settings, AssetStore, Asset) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("campaigns/kit")).unwrap();
        std::fs::write(dir.path().join("campaigns/kit").join(name), picture).unwrap();
        let asset = Asset {
            id: "p".into(),
            kind: "poster".into(),
            title: "P".into(),
            url: Some(format!("https://kit.example/a/{name}")),
            file: format!("kit/{name}"),
            sha256: crate::kit::hash(picture),
            mime: mime.into(),
            bytes: picture.len() as u64,
            license: None,
            alt: None,
            preview: None,
        };
        let (settings, store) =
            (Settings::defaults(dir.path()), AssetStore::new(dir.path().join("var/assets")));
        (dir, settings, store, asset)
    }

    fn encode(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut out = std::io::Cursor::new(vec![]);
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn each_kind_gets_its_own() {
        let wide = encode(&DynamicImage::new_rgb8(3600, 100), ImageFormat::Png);
        let (_dir, settings, store, asset) = workspace(&wide, "p.png", "image/png");
        let all = Derivatives::new(&settings, &store);
        for (kind, pixels) in [
            ("email", (1200, 33)),
            ("wordpress", (1600, 44)),
            ("zalo-bot", (1600, 80)),
            ("telegram", (2560, 128)),
            ("hand-over", (3508, 97)),
        ] {
            let made = all.made(&asset, form(kind)).unwrap();
            let bytes = store.get(&made.sha256).unwrap();
            assert_eq!(crate::kit::pixels(&bytes), Some(pixels), "{kind}");
            assert_eq!((made.bytes, made.mime.as_str()), (bytes.len() as u64, "image/png"));
            assert_eq!(all.made(&asset, form(kind)).unwrap(), made);
        }
        for kind in ["webhook", "station"] {
            assert_eq!(all.made(&asset, form(kind)).unwrap().sha256, asset.sha256, "{kind}");
        }
    }

    #[test]
    fn what_is_scrolled_down_stays_wide_enough_to_be_read() {
        let tall = encode(&DynamicImage::new_rgb8(1080, 6400), ImageFormat::Png);
        let (_dir, settings, store, asset) = workspace(&tall, "p.png", "image/png");
        let all = Derivatives::new(&settings, &store);
        for (kind, pixels) in [
            ("email", (1080, 6400)),
            ("wordpress", (1080, 6400)),
            ("telegram", (432, 2560)),
            ("hand-over", (592, 3508)),
        ] {
            let made = all.made(&asset, form(kind)).unwrap();
            assert_eq!(crate::kit::pixels(&store.get(&made.sha256).unwrap()), Some(pixels), "{kind}");
        }
    }

    #[test]
    fn a_lost_derivative_comes_back_with_the_same_name() {
        let wide = encode(&DynamicImage::new_rgb8(1300, 100), ImageFormat::Jpeg);
        let (dir, settings, store, asset) = workspace(&wide, "p.jpg", "image/jpeg");
        let all = Derivatives::new(&settings, &store);
        let made = all.made(&asset, form("email")).unwrap();
        std::fs::remove_dir_all(dir.path().join("var")).unwrap();
        assert!(!store.has(&made.sha256));
        assert_eq!(all.made(&asset, form("email")).unwrap(), made);
        assert!(store.get(&made.sha256).is_ok());
        // Of what is no longer the original, nothing is made.
        std::fs::remove_dir_all(dir.path().join("var")).unwrap();
        std::fs::write(dir.path().join("campaigns/kit/p.jpg"), &wide[..wide.len() - 1]).unwrap();
        let why = all.made(&asset, form("email")).unwrap_err();
        assert!(why.vi.starts_with("tệp không phải bản đã ghim"), "{}", why.vi);
    }

    #[test]
    fn zalo_is_led_to_what_was_approved_only() {
        let small = encode(&DynamicImage::new_rgb8(20, 20), ImageFormat::Png);
        let (_dir, mut settings, store, asset) = workspace(&small, "p.png", "image/png");
        let all = Derivatives::new(&settings, &store);
        let url = |asset: &Asset, kind: &str| all.made(asset, form(kind)).unwrap().url;
        // The kit's own address may show something else by then.
        assert_eq!((url(&asset, "zalo-bot"), url(&asset, "telegram")), (None, asset.url.clone()));
        settings.public_url = Some("https://loa.example".into());
        assert_eq!(Derivatives::new(&settings, &store).made(&asset, form("zalo-bot")).unwrap().url, None);
        settings.public_listen = Some(([127, 0, 0, 1], 8080).into());
        let all = Derivatives::new(&settings, &store);
        let made = all.made(&asset, form("zalo-bot")).unwrap();
        assert_eq!(made.url, Some(format!("{MARK_PUBLIC}/p/{}.png", made.sha256)));
        assert_eq!(all.made(&asset, form("telegram")).unwrap().url, asset.url);
    }
}
