//! Names of images.

use crate::observe::Leaf;

/// The registry that an image is pulled from, as its name says (distribution `reference`):
/// the first segment, where that can be a host.
pub(super) fn host_of(image: Option<&Leaf>) -> Option<&str> {
    let (first, _) = image?.shown()?.split_once('/').unwrap_or(("", ""));
    let is_host = first.contains(['.', ':']) || first == "localhost";
    Some(if is_host { first } else { "docker.io" })
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
}
