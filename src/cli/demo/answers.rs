//! The people at the far side of a rehearsal: officers of stations and webmasters. They answer as people do: most of them, some
//! wrongly, some not at all; and their answers go the way of `loa aired` and `loa done`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use chrono::TimeDelta;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::cli::Stop;
use crate::daemon::Engine;
use crate::domain::delivery::{DeliveryId, State, code_letters};
use crate::plan;
use crate::reach::{self, Airings, AnswerFault};
use crate::store::{DeliveryRow, LogFilter};
use crate::transport::Pages;
use crate::transport::is_package;

/// A number below twenty that is always the same for the same words.
fn dice(words: &str) -> u32 {
    words.bytes().fold(7u32, |a, b| a.wrapping_mul(31).wrapping_add(u32::from(b))) % 20
}

fn stop(f: AnswerFault) -> Stop {
    let says = f.to_string();
    if let AnswerFault::Store(e) = f { e.into() } else { Stop::attention(says) }
}

async fn handed(engine: &Engine, family: &str) -> Result<Vec<DeliveryRow>, Stop> {
    let filter = LogFilter {
        states: vec![State::Sent],
        family: Some(family.to_owned()),
        limit: 5000,
        ..LogFilter::default()
    };
    Ok(engine.store.log_page(&filter).await?.rows)
}

/// Stations answer at the end of their week: most in full, some in part, one says why not, some say nothing.
pub(super) async fn officers_answer(engine: &Engine, answered: &mut BTreeSet<String>) -> Result<(), Stop> {
    let now = engine.clock.now();
    for row in handed(engine, "station").await? {
        let Some(sheet) = row.receipt.clone() else { continue };
        // Friday evening of the row's week, not before.
        if row.afterwards.is_some() || plan::instant(row.expires_at) - TimeDelta::hours(54) > now {
            continue;
        }
        if !answered.insert(sheet.clone()) {
            continue;
        }
        let asked = engine.store.sheet_rows(&sheet).await?;
        let fewer = || asked.iter().map(|r| u32::try_from(r.times - 1).unwrap_or(1).max(1)).collect();
        let (said, why) = match dice(&sheet) {
            0 | 1 => continue, // says nothing
            2 => (Airings::None, Some("mất điện cả tuần")),
            3 | 4 => (Airings::Each(fewer()), None),
            _ => (Airings::All, None),
        };
        reach::aired(&engine.store, &sheet, &said, why, false, "dien-tap", now).await.map_err(stop)?;
    }
    Ok(())
}

/// The webmasters of other units' sites, and those sites: a listener on the loopback interface, to which all names lead.
pub(super) struct Webmasters {
    listener: TcpListener,
    pages: Pages,
    /// How often each package was answered.
    tries: BTreeMap<i64, u32>,
    /// Links that did not lead to the article.
    pub(super) wrong: usize,
    lang: crate::domain::text::Lang,
}

/// What a webmaster's site shows.
struct Site {
    title: String,
    article: String,
    picture: Option<(String, std::sync::Arc<[u8]>)>,
}

impl Webmasters {
    /// Opens the sites.
    pub(super) async fn open(engine: &Engine) -> Result<Self, Stop> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
        let pages = Pages::rehearsal(listener.local_addr()?).map_err(Stop::unusable)?;
        Ok(Self { listener, pages, tries: BTreeMap::new(), wrong: 0, lang: engine.settings.language })
    }

    /// Webmasters publish in the days after a package came: most of them return the link of the article; some that of the front
    /// page first, some changed the title, some say nothing.
    pub(super) async fn answer(&mut self, engine: &Engine) -> Result<(), Stop> {
        let now = engine.clock.now();
        for row in handed(engine, "website").await? {
            let open = is_package(&row.kind) && row.pending == 1;
            let days = (now - plan::instant(row.settled_at.unwrap_or(row.due_at))).num_days();
            let first = dice(&row.target_ref);
            // On the first to fourth evening; who was told of a wrong link tries again the evening after.
            let tries = self.tries.get(&row.id).copied().unwrap_or(0);
            if !open || tries > 1 || days < i64::from(first % 4 + tries) {
                continue;
            }
            let path = match (first, tries) {
                (0..=2, _) => continue, // says nothing
                (3, 0) => "/",
                (4, _) => "/tin/sua-tieu-de",
                _ => "/tin/bai-viet",
            };
            self.tries.insert(row.id, tries + 1);
            if !self.one(engine, &row, path).await? {
                self.wrong += 1;
            }
        }
        Ok(())
    }

    async fn one(&self, engine: &Engine, row: &DeliveryRow, path: &str) -> Result<bool, Stop> {
        let handed = engine.store.handed_get(DeliveryId(row.id)).await?;
        let site = handed.and_then(|h| h.site).unwrap_or_default();
        let host = site
            .split_once("://")
            .map_or(site.as_str(), |(_, rest)| rest)
            .split('/')
            .next()
            .unwrap_or_default();
        if host.is_empty() {
            return Ok(true);
        }
        let rendition = match row.revision_id {
            Some(r) => engine.store.rendition_get(r, &row.kind).await?,
            None => None,
        };
        let Some(rendition) = rendition else { return Ok(true) };
        let picture = rendition.attachments.iter().find(|a| a.mime.starts_with("image/"));
        let shown = Site {
            title: rendition.title.clone(),
            article: rendition.lead.clone(),
            picture: picture.and_then(|a| Some((a.mime.clone(), engine.assets.get(&a.sha256).ok()?))),
        };
        let code = format!("T-{}", code_letters(row.code));
        let link = format!("http://{host}{path}");
        let now = engine.clock.now();
        let done = reach::done(&engine.store, &self.pages, &code, &link, "dien-tap", now, self.lang);
        tokio::select! {
            done = done => Ok(done.map_err(stop)?.check.ok()),
            broken = self.serve(&shown) => Err(broken),
        }
    }

    /// Answers requests until it is no longer asked.
    async fn serve(&self, shown: &Site) -> Stop {
        loop {
            match self.listener.accept().await {
                // One that hangs up is no matter of the rehearsal: who asked sees that nothing came.
                Ok((stream, _)) => drop(shown.answer(stream).await),
                Err(e) => return e.into(),
            }
        }
    }
}

impl Site {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut asked = Vec::new();
        while !asked.windows(4).any(|w| w == b"\r\n\r\n") && asked.len() < 16 * 1024 {
            let mut part = [0; 2048];
            match stream.read(&mut part).await? {
                0 => break,
                n => asked.extend_from_slice(&part[..n]),
            }
        }
        let asked = String::from_utf8_lossy(&asked);
        let path = asked.split(' ').nth(1).unwrap_or("/");
        let (media, body) = match (path, &self.picture) {
            ("/anh/bai-viet", Some((media, bytes))) => (media.as_str(), bytes.to_vec()),
            (path, picture) => ("text/html; charset=utf-8", self.page(path, picture.is_some()).into_bytes()),
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await?;
        stream.shutdown().await
    }

    fn page(&self, path: &str, picture: bool) -> String {
        let escape = |s: &str| s.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let title = match path {
            "/tin/bai-viet" => escape(&self.title),
            "/" => "Trang thông tin điện tử".to_owned(),
            _ => "Thông báo của phường".to_owned(),
        };
        let image =
            if picture { "<img src=\"/anh/bai-viet\" width=\"640\" height=\"400\" alt=\"\">" } else { "" };
        format!(
            "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>{title}</title></head>\
             <body><main><article><h1>{title}</h1>{image}<p>{}</p></article></main></body></html>",
            escape(&self.article)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_link_shows_another_title() {
        let site = Site { title: "A < B".into(), article: "x".into(), picture: None };
        assert!(site.page("/tin/bai-viet", false).contains("<h1>A &lt; B</h1>"));
        assert!(!site.page("/", true).contains("A &lt; B"));
        assert!(!site.page("/tin/sua-tieu-de", true).contains("A &lt; B"));
    }
}
