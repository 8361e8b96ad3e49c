//! Keeps a client from being talked into the office's own network (server-side request forgery).
//!
//! It resolves names itself, drops every address that is not public and hands the rest to the connector, so that what was
//! checked is what is connected to. It never resolves twice and never lets an address through that it does not know.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A host that has no public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrivateAddress;

impl fmt::Display for PrivateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host has private addresses only")
    }
}

impl std::error::Error for PrivateAddress {}

/// A resolver that answers public addresses only.
pub(super) struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // Port 0: the connector puts the URL's own port in.
            let found: Vec<_> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let public: Vec<_> = found.iter().copied().filter(|a| is_public(a.ip())).collect();
            if public.is_empty() && !found.is_empty() {
                return Err(Box::new(PrivateAddress) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// A resolver that answers one place, whatever is asked: rehearsals.
pub(super) struct Always(pub(super) std::net::SocketAddr);

impl Resolve for Always {
    fn resolve(&self, _: Name) -> Resolving {
        let place = self.0;
        Box::pin(async move { Ok(Box::new(std::iter::once(place)) as Addrs) })
    }
}

/// True if the address is one of the public Internet: none of the special-purpose blocks of RFC 6890 and its registry, and no
/// IPv6 address that carries a private IPv4 address inside.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => public_v4(v4),
        IpAddr::V6(v6) => public_v6(v6),
    }
}

fn public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19)))
}

fn public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = ip.to_ipv4_mapped() {
        return public_v4(v4);
    }
    let s = ip.segments();
    let inside = |hi: u16, lo: u16| {
        let ([a, b], [c, d]) = (hi.to_be_bytes(), lo.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match s {
        // NAT64 (RFC 6052) and 6to4 (RFC 3056) lead to the IPv4 address they carry.
        [0x64, 0xff9b, 0, 0, 0, 0, hi, lo] => public_v4(inside(hi, lo)),
        [0x2002, hi, lo, ..] => public_v4(inside(hi, lo)),
        // Documentation, and the block of protocol assignments (Teredo among them).
        [0x2001, 0xdb8, ..] | [0x3fff, ..] => false,
        [0x2001, second, ..] if second < 0x200 => false,
        // All public unicast lies in 2000::/3.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_every_disguise() {
        for ip in [
            "127.0.0.1",
            "127.8.9.1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "192.0.2.1",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for ip in [
            "8.8.8.8",
            "203.162.4.191",
            "172.32.0.1",
            "100.128.0.1",
            "192.0.1.1",
            "2402:800::1",
            "2606:4700::1111",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }
}
