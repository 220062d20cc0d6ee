//! Names of images.

use crate::observe::Leaf;

/// The registry that an image is pulled from, as its name says (distribution `reference`):
/// the first segment, where that can be a host.
pub(super) fn host_of(image: Option<&Leaf>) -> Option<&str> {
    let (first, _) = image?.shown()?.split_once('/').unwrap_or(("", ""));
    let is_host = first.contains(['.', ':']) || first == "localhost";
    Some(if is_host { first } else { "docker.io" })
}

/// An image's name without its tag and digest.
pub(super) fn repository_of(image: Option<&Leaf>) -> Option<&str> {
    let name = image?.shown()?.split('@').next()?;
    // A colon before the last slash is that of a port.
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    Some(name[last..].find(':').map_or(name, |colon| &name[..last + colon]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_told_from_a_folder() {
        let host = |name: &str| host_of(Some(&Leaf::Shown(name.into()))).map(str::to_owned);
        assert_eq!(host("shop:v1").as_deref(), Some("docker.io"));
        assert_eq!(host("corp/shop:v1").as_deref(), Some("docker.io"));
        assert_eq!(host("registry.corp/shop:v1").as_deref(), Some("registry.corp"));
        assert_eq!(host("localhost:5000/shop").as_deref(), Some("localhost:5000"));
    }

    #[test]
    fn a_tag_and_a_digest_are_no_part_of_a_repository() {
        let of = |name: &str| repository_of(Some(&Leaf::Shown(name.into()))).map(str::to_owned);
        assert_eq!(of("shop:v1").as_deref(), Some("shop"));
        assert_eq!(of("localhost:5000/shop").as_deref(), Some("localhost:5000/shop"));
        assert_eq!(of("corp:5000/a/shop:v1@sha256:12").as_deref(), Some("corp:5000/a/shop"));
    }
}
