//! Opens the link that a webmaster returned and says what is there: evidence is what was seen, not what was said.

use std::time::Duration;

use crate::domain::text::Lang;
use crate::kit::pixels;
use crate::store::EvidenceRow;
use crate::transport::{Page, PageFault, Pages, Url};

use super::page::{Place, Seen};

/// Most pictures of a page that are opened.
const PICTURES: usize = 6;
/// Longest time for all of them.
const PATIENCE: Duration = Duration::from_secs(30);
/// A smaller picture, in pixels of its shorter side, is an icon and no picture of an article.
const SMALLEST: u32 = 32;

/// What was seen behind a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkVerdict {
    /// The title is there, and the picture if there should be one.
    Good,
    /// The title is there; no picture near it.
    NoImage,
    /// The title is there and pictures near it, but none that opens as one.
    BrokenImage,
    /// A page without the title.
    NoTitle,
    /// The page names the title, but it is the page of something else: a list, a search, another article.
    Listing,
    /// The page broke off, or is too long, before the title was seen.
    Incomplete,
    /// The front page of a site: what stands there today is gone tomorrow.
    FrontPage,
    /// The page is on another site than the unit's.
    OtherSite {
        /// The unit's site.
        site: String,
    },
    /// The server answered, but not with the page.
    Status(u16),
    /// An answer that is no page of text.
    NotAPage(String),
    /// No page at all.
    NotOpened(PageFault),
}

/// A link and what was seen behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkCheck {
    /// The link as it was given, without a login that stood in it.
    pub url: String,
    /// What was seen.
    pub verdict: LinkVerdict,
    /// HTTP status (0: no answer).
    pub http_status: u16,
    /// Whether a picture was looked for.
    pub want_image: bool,
    /// False if the page broke off or was too long: what was not seen may be in the rest.
    pub complete: bool,
}

impl LinkCheck {
    /// True if the article is there. A missing picture is told, and does not undo that.
    pub fn ok(&self) -> bool {
        match self.verdict {
            LinkVerdict::Good | LinkVerdict::NoImage | LinkVerdict::BrokenImage => true,
            LinkVerdict::NoTitle
            | LinkVerdict::Listing
            | LinkVerdict::Incomplete
            | LinkVerdict::FrontPage
            | LinkVerdict::OtherSite { .. }
            | LinkVerdict::Status(_)
            | LinkVerdict::NotAPage(_)
            | LinkVerdict::NotOpened(_) => false,
        }
    }

    /// True if the site itself shows that the article is not there: a page without it, or "no such page". A site that does not
    /// answer, or asks for a login, shows nothing.
    pub fn gone(&self) -> bool {
        match self.verdict {
            LinkVerdict::NoTitle
            | LinkVerdict::Listing
            | LinkVerdict::FrontPage
            | LinkVerdict::Status(404 | 410) => true,
            LinkVerdict::Good
            | LinkVerdict::NoImage
            | LinkVerdict::BrokenImage
            | LinkVerdict::Incomplete
            | LinkVerdict::OtherSite { .. }
            | LinkVerdict::Status(_)
            | LinkVerdict::NotAPage(_)
            | LinkVerdict::NotOpened(_) => false,
        }
    }

    /// What was seen and what to do, in words.
    pub fn sentence(&self, lang: Lang) -> String {
        use LinkVerdict as V;
        let (vi, en) = match &self.verdict {
            V::Good if self.want_image => (
                "Đã thấy bài trên trang, đủ tiêu đề và ảnh.".to_owned(),
                "The article is on the page, with its title and a picture.".to_owned(),
            ),
            V::Good => (
                "Đã thấy bài trên trang, đúng tiêu đề.".to_owned(),
                "The article is on the page, with its title.".to_owned(),
            ),
            V::NoImage if !self.complete => (
                "Đã thấy bài đúng tiêu đề. Trang tải chưa hết nên chưa thấy ảnh kèm theo.".to_owned(),
                "The article is there with its title. The page did not load to its end, so no picture was seen.".to_owned(),
            ),
            V::NoImage => (
                "Đã thấy bài đúng tiêu đề, nhưng chưa thấy ảnh kèm theo; nên nhắc ban biên tập thêm ảnh.".to_owned(),
                "The article is there with its title, but no picture near it; ask the editors to add it.".to_owned(),
            ),
            V::BrokenImage => (
                "Đã thấy bài đúng tiêu đề, nhưng ảnh trên trang không mở được; nên nhắc ban biên tập đăng lại ảnh.".to_owned(),
                "The article is there with its title, but its picture does not open; ask the editors to put it up again."
                    .to_owned(),
            ),
            V::Listing => (
                "Trang này có nhắc tên bài nhưng không phải trang của bài: đây là trang danh sách, kết quả tìm kiếm hoặc một bài khác. Mở bài trên trang rồi chép link của chính bài đó."
                    .to_owned(),
                "The page names the article but is not the article's own: a list, a search or another article. Open the article and copy its address."
                    .to_owned(),
            ),
            V::Incomplete => (
                "Trang tải quá chậm hoặc quá dài: Loa chưa đọc hết nên chưa thấy tiêu đề. Thử lại sau ít phút.".to_owned(),
                "The page is too slow or too long: it was not read to its end, and the title was not seen. Try again in a few minutes."
                    .to_owned(),
            ),
            V::NoTitle => (
                "Mở được trang nhưng không thấy tiêu đề bài. Kiểm tra lại link, hoặc tiêu đề đã bị sửa khi đăng.".to_owned(),
                "The page opens, but the title is not on it. Check the link; or the title was changed when it was posted."
                    .to_owned(),
            ),
            V::FrontPage => (
                "Link này là trang chủ, không phải trang của bài. Mở bài trên trang rồi chép link của chính bài đó.".to_owned(),
                "This is the front page, not the article's own. Open the article and copy its address.".to_owned(),
            ),
            V::OtherSite { site } => (
                format!(
                    "Link không thuộc trang của đơn vị ({site}). Nếu đơn vị đã đổi địa chỉ trang: sửa trong danh sách đơn vị, gõ loa apply, rồi làm lại."
                ),
                format!("The link is not on the unit's site ({site}). If the site has moved: change it in the list of units, type loa apply, then try again."),
            ),
            V::Status(404 | 410) => (
                "Trang báo không có bài này. Kiểm tra lại link, hoặc bài đã bị gỡ.".to_owned(),
                "The site says there is no such page. Check the link; or the article was taken down.".to_owned(),
            ),
            V::Status(401 | 403) => (
                "Trang không cho xem nếu chưa đăng nhập. Cần link mà người dân mở được.".to_owned(),
                "The page needs a login. A link that the public can open is wanted.".to_owned(),
            ),
            V::Status(n) => (
                format!("Trang trả lời lỗi {n}. Thử lại sau ít phút."),
                format!("The site answers with error {n}. Try again in a few minutes."),
            ),
            V::NotAPage(media) => (
                format!("Link mở ra một tệp ({media}), không phải trang tin. Cần link của trang đăng bài."),
                format!("The link opens a file ({media}), not a page. The address of the article's page is wanted."),
            ),
            V::NotOpened(PageFault::BadUrl) => (
                "Link không đúng dạng. Link phải bắt đầu bằng http:// hoặc https:// và không kèm tên đăng nhập.".to_owned(),
                "This is no link. It begins with http:// or https:// and carries no login.".to_owned(),
            ),
            V::NotOpened(PageFault::Private(_)) => (
                "Link trỏ vào mạng nội bộ, người dân không mở được.".to_owned(),
                "The link leads into a private network; the public cannot open it.".to_owned(),
            ),
            V::NotOpened(PageFault::TooManyRedirects) => (
                "Link chuyển hướng quá nhiều lần. Chép lại link từ thanh địa chỉ khi đang mở bài.".to_owned(),
                "The link redirects too often. Copy the address while the article is open.".to_owned(),
            ),
            V::NotOpened(PageFault::NoAnswer(why)) => (
                format!("Không mở được trang ({why}). Thử lại sau ít phút."),
                format!("The page could not be opened ({why}). Try again in a few minutes."),
            ),
        };
        match lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }

    /// As it is recorded; the note is in the office's language.
    pub fn evidence(&self, lang: Lang) -> EvidenceRow {
        let ok = self.ok();
        EvidenceRow {
            url: self.url.clone(),
            ok,
            title_found: ok,
            image_found: self.verdict == LinkVerdict::Good && self.want_image,
            http_status: i64::from(self.http_status),
            gone: self.gone(),
            note: self.sentence(lang),
        }
    }
}

/// Opens a link and looks whether it is the page of an article with this title, and for a picture near it that opens. `site`:
/// where the unit publishes, if known; a page elsewhere is no evidence for it.
pub async fn check_link(
    pages: &Pages,
    url: &str,
    title: &str,
    want_image: bool,
    site: Option<&str>,
) -> LinkCheck {
    // What is kept has no login in it; what is opened is refused for it.
    let kept = Pages::without_login(url);
    let mut out =
        LinkCheck { url: kept, verdict: LinkVerdict::Good, http_status: 0, want_image, complete: true };
    let page = match pages.open(url).await {
        Ok(p) => p,
        Err(f) => {
            out.verdict = LinkVerdict::NotOpened(f);
            return out;
        }
    };
    out.http_status = page.status;
    out.complete = page.complete;
    let host = page.url.host_str().unwrap_or_default();
    let elsewhere = site.and_then(site_host).filter(|s| !same_site(host, s));
    // Only addresses without a query can be called a front page: many sites name their articles by `/?p=12`.
    let front =
        page.url.query().is_none() && matches!(page.url.path(), "/" | "/index.html" | "/index.php" | "/home");
    out.verdict = if !(200..300).contains(&page.status) {
        LinkVerdict::Status(page.status)
    } else if let Some(site) = elsewhere {
        LinkVerdict::OtherSite { site }
    } else if !matches!(page.media.as_str(), "" | "text/html" | "application/xhtml+xml") {
        LinkVerdict::NotAPage(page.media.clone())
    } else if front {
        LinkVerdict::FrontPage
    } else {
        content(pages, &page, url, title, want_image).await
    };
    out
}

/// What a page of HTML is to an article.
async fn content(pages: &Pages, page: &Page, typed: &str, title: &str, want_image: bool) -> LinkVerdict {
    let seen = Seen::of(&page.text);
    let base = seen.base.as_deref().and_then(|b| page.url.join(b).ok()).unwrap_or_else(|| page.url.clone());
    let own: Vec<Url> = [
        Some(page.url.clone()),
        Pages::url(typed),
        seen.canonical.as_deref().and_then(|c| base.join(c).ok()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let same = |link: &str| match base.join(link) {
        Ok(u) => !matches!(u.scheme(), "http" | "https") || own.iter().any(|o| same_page(o, &u)),
        Err(_) => true,
    };
    match seen.place(title, same) {
        Place::Own => {}
        Place::Listed if page.complete => return LinkVerdict::Listing,
        Place::Nowhere if page.complete => return LinkVerdict::NoTitle,
        Place::Listed | Place::Nowhere => return LinkVerdict::Incomplete,
    }
    if !want_image {
        return LinkVerdict::Good;
    }
    let mut sources: Vec<String> = Vec::new();
    for source in seen.pictures(title) {
        // Joined to the page's own address, an address without a scheme keeps to http and https.
        let Ok(u) = base.join(source) else { continue };
        if !sources.contains(&u.as_str().to_owned()) {
            sources.push(u.into());
        }
    }
    if sources.is_empty() {
        return LinkVerdict::NoImage;
    }
    let any = async {
        for source in sources.iter().take(PICTURES) {
            if is_picture(pages, source).await {
                return true;
            }
        }
        false
    };
    match tokio::time::timeout(PATIENCE, any).await {
        Ok(true) => LinkVerdict::Good,
        Ok(false) | Err(_) => LinkVerdict::BrokenImage,
    }
}

/// True if a picture of an article's size is behind an address.
async fn is_picture(pages: &Pages, url: &str) -> bool {
    let Ok(answer) = pages.picture(url).await else { return false };
    if !(200..300).contains(&answer.status) {
        return false;
    }
    match pixels(&answer.head) {
        Some((w, h)) => w.min(h) >= SMALLEST,
        // AVIF, into which some sites turn all pictures, is known by its name alone.
        None => answer.head.get(4..12) == Some(b"ftypavif"),
    }
}

/// Whether two addresses are of one page: without regard to scheme, `www.`, fragment and a last slash.
fn same_page(a: &Url, b: &Url) -> bool {
    let essence = |u: &Url| {
        let host = u.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
        (host, u.path().trim_end_matches('/').to_owned(), u.query().map(str::to_owned))
    };
    essence(a) == essence(b)
}

/// The host of a unit's site, as `units.yaml` may have it: with or without a scheme.
fn site_host(site: &str) -> Option<String> {
    let with_scheme = if site.contains("://") { site.to_owned() } else { format!("https://{site}") };
    Pages::url(&with_scheme)?.host_str().map(str::to_owned)
}

/// Equal without `www.`, or one below the other (`tin.lechan.example` and `lechan.example`).
fn same_site(a: &str, b: &str) -> bool {
    let bare = |h: &str| h.trim_start_matches("www.").to_ascii_lowercase();
    let (a, b) = (bare(a), bare(b));
    let below = |x: &str, y: &str| x.strip_suffix(y).is_some_and(|rest| rest.ends_with('.'));
    a == b || below(&a, &b) || below(&b, &a)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_several_spellings() {
        let same = |a: &str, b: &str| same_page(&Url::parse(a).unwrap(), &Url::parse(b).unwrap());
        assert!(same("http://www.x.example/bai/#h", "https://x.example/bai"));
        assert!(!same("https://x.example/?p=1", "https://x.example/?p=2"));
        assert!(!same("https://x.example/bai", "https://y.example/bai"));
    }

    #[test]
    fn sites_are_compared_by_their_names() {
        for (a, b, same) in [
            ("lechan.example", "www.lechan.example", true),
            ("tin.lechan.example", "lechan.example", true),
            ("LeChan.example", "lechan.example", true),
            ("xlechan.example", "lechan.example", false),
            ("lechan.example.evil.example", "lechan.example", false),
            ("anbien.example", "lechan.example", false),
        ] {
            assert_eq!(same_site(a, b), same, "{a} {b}");
        }
        assert_eq!(site_host("lechan.example/tin").as_deref(), Some("lechan.example"));
        assert_eq!(site_host("https://lechan.example:8443/").as_deref(), Some("lechan.example"));
        assert_eq!(site_host("không có"), None);
    }
}
