//! Files of the types that a media kit holds, as small as they can be and whole.

/// A PDF of a few words.
pub fn pdf(words: &str) -> String {
    format!("%PDF-1.7\n{words}\nstartxref\n0\n%%EOF\n")
}

/// An MP4 of so many bytes.
pub fn clip(bytes: u32) -> Vec<u8> {
    let head = b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\0\x10moov\0\0\0\0\0\0\0\0";
    let rest = bytes - u32::try_from(head.len()).expect("a short one");
    let mut out = [&head[..], &rest.to_be_bytes(), b"mdat"].concat();
    out.resize(bytes as usize, 7);
    out
}
