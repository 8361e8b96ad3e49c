//! The pictures of renditions as their kinds take them: made of the kit's originals, kept in the asset store, named by their hash.
//! What is frozen names the derivative, so that neither another recipe nor another decoder changes what was approved.

use std::path::PathBuf;

use crate::config::Settings;
use crate::domain::kit::Asset;
use crate::domain::message::{MARK_PUBLIC, Voice};
use crate::kit::{AssetStore, PUBLIC_PICTURE, Recipe, read};
use crate::render::{Picture, Pictures, official};
use crate::yaml::Say;

/// Shown 536 px wide in the mail's frame of 600 px; about twice as many for fine screens. A letter and a page are scrolled down: an
/// infographic as high as ten screens is as wide as any other picture, and can be read.
const MAIL: Recipe =
    Recipe { name: "mail", width: 1200, height: 12_000, bytes: 400_000, quality: 85, gif: true, ratio: 0 };
/// `sendPhoto`: 10 MB, width and height together at most 10,000, at most 20 times as long as broad; what is larger than 2,560 is
/// made smaller there anyway.
const TELEGRAM: Recipe = Recipe {
    name: "telegram",
    width: 2560,
    height: 2560,
    bytes: 5_000_000,
    quality: 88,
    gif: false,
    ratio: 20,
};
/// Zalo takes 1 MB.
const ZALO: Recipe = Recipe {
    name: "zalo",
    width: 1600,
    height: 1600,
    bytes: PUBLIC_PICTURE,
    quality: 85,
    gif: false,
    ratio: 20,
};
/// A featured image: wide enough for a site's head and for the cards that other sites make of a link.
const WEB: Recipe =
    Recipe { name: "web", width: 1600, height: 16_000, bytes: 1_000_000, quality: 85, gif: true, ratio: 0 };
/// For paper: A4 at 300 dots an inch, either way up; four of them and the documents go into one mail.
const PRINT: Recipe =
    Recipe { name: "print", width: 3508, height: 3508, bytes: 2_500_000, quality: 92, gif: false, ratio: 0 };

/// What a kind takes; `None` where it takes the original: a notice names the official file and its hash.
fn recipe(kind: &str, voice: Voice) -> Option<&'static Recipe> {
    match (kind, voice) {
        ("webhook", _) | (_, Voice::Script) => None,
        ("zalo-bot", _) => Some(&ZALO),
        (_, Voice::Chat) => Some(&TELEGRAM),
        (_, Voice::Mail) => Some(&MAIL),
        (_, Voice::Web) => Some(&WEB),
        (_, Voice::Press) => Some(&PRINT),
    }
}

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
    fn made(&self, asset: &Asset, kind: &str, voice: Voice) -> Result<Picture, Say> {
        let Some(recipe) = recipe(kind, voice) else {
            return crate::render::AsTheyAre.made(asset, kind, voice);
        };
        let original = || read(&self.campaigns.join(&asset.file)).map(Into::into);
        let made = self.store.derived(&asset.sha256, recipe, original).map_err(|e| e.say())?;
        // Zalo fetches by address, and what another's address shows then is not what was approved: only the office's own listener
        // shows that.
        let url = match kind {
            "zalo-bot" => self.shown_at(&made.sha256, &made.mime),
            _ => official(asset),
        };
        Ok(Picture { mime: made.mime, sha256: made.sha256, bytes: made.bytes, width: Some(made.width), url })
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat};

    use super::*;

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
        for (kind, voice, pixels) in [
            ("email", Voice::Mail, (1200, 33)),
            ("wordpress", Voice::Web, (1600, 44)),
            ("zalo-bot", Voice::Chat, (1600, 80)),
            ("telegram", Voice::Chat, (2560, 128)),
            ("hand-over", Voice::Press, (3508, 97)),
        ] {
            let made = all.made(&asset, kind, voice).unwrap();
            let bytes = store.get(&made.sha256).unwrap();
            assert_eq!(crate::kit::pixels(&bytes), Some(pixels), "{kind}");
            assert_eq!((made.bytes, made.mime.as_str()), (bytes.len() as u64, "image/png"));
            assert_eq!(all.made(&asset, kind, voice).unwrap(), made);
        }
        for (kind, voice) in [("webhook", Voice::Web), ("station", Voice::Script)] {
            assert_eq!(all.made(&asset, kind, voice).unwrap().sha256, asset.sha256, "{kind}");
        }
    }

    #[test]
    fn what_is_scrolled_down_stays_wide_enough_to_be_read() {
        let tall = encode(&DynamicImage::new_rgb8(1080, 6400), ImageFormat::Png);
        let (_dir, settings, store, asset) = workspace(&tall, "p.png", "image/png");
        let all = Derivatives::new(&settings, &store);
        for (kind, voice, pixels) in [
            ("email", Voice::Mail, (1080, 6400)),
            ("wordpress", Voice::Web, (1080, 6400)),
            ("telegram", Voice::Chat, (432, 2560)),
            ("hand-over", Voice::Press, (592, 3508)),
        ] {
            let made = all.made(&asset, kind, voice).unwrap();
            assert_eq!(crate::kit::pixels(&store.get(&made.sha256).unwrap()), Some(pixels), "{kind}");
        }
    }

    #[test]
    fn a_lost_derivative_comes_back_with_the_same_name() {
        let wide = encode(&DynamicImage::new_rgb8(1300, 100), ImageFormat::Jpeg);
        let (dir, settings, store, asset) = workspace(&wide, "p.jpg", "image/jpeg");
        let all = Derivatives::new(&settings, &store);
        let made = all.made(&asset, "email", Voice::Mail).unwrap();
        std::fs::remove_dir_all(dir.path().join("var")).unwrap();
        assert!(!store.has(&made.sha256));
        assert_eq!(all.made(&asset, "email", Voice::Mail).unwrap(), made);
        assert!(store.get(&made.sha256).is_ok());
        // Of what is no longer the original, nothing is made.
        std::fs::remove_dir_all(dir.path().join("var")).unwrap();
        std::fs::write(dir.path().join("campaigns/kit/p.jpg"), &wide[..wide.len() - 1]).unwrap();
        let why = all.made(&asset, "email", Voice::Mail).unwrap_err();
        assert_eq!(why.vi, "tệp trong thư mục không phải bản đã ghim");
    }

    #[test]
    fn zalo_is_led_to_what_was_approved_only() {
        let small = encode(&DynamicImage::new_rgb8(20, 20), ImageFormat::Png);
        let (_dir, mut settings, store, asset) = workspace(&small, "p.png", "image/png");
        let all = Derivatives::new(&settings, &store);
        let url = |asset: &Asset, kind: &str| all.made(asset, kind, Voice::Chat).unwrap().url;
        // The kit's own address may show something else by then.
        assert_eq!((url(&asset, "zalo-bot"), url(&asset, "telegram")), (None, asset.url.clone()));
        settings.public_url = Some("https://loa.example".into());
        assert_eq!(
            Derivatives::new(&settings, &store).made(&asset, "zalo-bot", Voice::Chat).unwrap().url,
            None
        );
        settings.public_listen = Some(([127, 0, 0, 1], 8080).into());
        let all = Derivatives::new(&settings, &store);
        let made = all.made(&asset, "zalo-bot", Voice::Chat).unwrap();
        assert_eq!(made.url, Some(format!("{MARK_PUBLIC}/p/{}.png", made.sha256)));
        assert_eq!(all.made(&asset, "telegram", Voice::Chat).unwrap().url, asset.url);
    }
}
