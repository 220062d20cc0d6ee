//! Words of a node or its runtime that could not do its part, whatever it was asked for.
//!
//! *Sees*: a full or broken disk, file handles that ran out, a runtime that does not
//! answer in time (containerd and CRI-O as the kubelet repeats them). *Step*: that of the
//! failure they belong to. *Near miss*: a registry that does not answer (`pull.rs`); a
//! command or a mount that the runtime refuses.

/// Whether the words tell of a node that is short of something, or broken.
pub(super) fn is_told_by(message: &str) -> bool {
    let words = [
        "no space left on device",
        "disk quota exceeded",
        "input/output error",
        "read-only file system",
        "too many open files",
        "containerd.sock",
        "crio.sock",
    ];
    // What a container finds read-only is its own mount.
    let is_own = message.contains("error during container init");
    !is_own && words.iter().any(|word| message.contains(word))
}

/// Whether a runtime was too slow to make a container, or the kubelet to read what it needs:
/// it is at it still, or gave up.
pub(super) fn is_slow(message: &str) -> bool {
    let words = [
        "context deadline exceeded",
        "failed to reserve container name",
        "is reserved for",
        "timed out waiting for the condition",
    ];
    words.iter().any(|word| message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nodes_words_are_known() {
        assert!(is_told_by("failed to extract layer: write /var/lib/x: no space left on device"));
        assert!(is_slow("failed to reserve container name \"a\": name is reserved for \"b\""));
        assert!(!is_told_by("failed to resolve reference: no such host"));
        assert!(!is_told_by(
            "runc create failed: error during container init: mkdir /x: read-only file system"
        ));
    }
}
