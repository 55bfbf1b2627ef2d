//! What a library may export: the surface that the generated Kotlin and Swift call, and nothing beside it.

/// How the names of the surface begin.
const SURFACE: [&str; 3] = ["ffi_countersign_", "uniffi_countersign_", "UNIFFI_META_"];
/// Two names without which no generated code works: a library without them exports nothing that matters.
const CORNERSTONES: [&str; 2] =
    ["ffi_countersign_uniffi_contract_version", "uniffi_countersign_fn_constructor_authenticator_new"];

/// Whether a name belongs to the surface.
pub(super) fn is_surface(name: &str) -> bool {
    SURFACE.iter().any(|start| name.starts_with(start))
}

/// What is wrong with these exports; nothing when all is well.
pub(super) fn wrong(names: &[String]) -> Vec<String> {
    let strange = names.iter().filter(|name| !is_surface(name)).map(|name| format!("exports {name}"));
    let absent = CORNERSTONES.iter().filter(|wanted| !names.iter().any(|name| name == *wanted));
    strange.chain(absent.map(|name| format!("does not export {name}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_surface_and_nothing_else() {
        assert!(wrong(&names(&CORNERSTONES)).is_empty());
        let [first, second] = CORNERSTONES;
        assert_eq!(wrong(&names(&[first, second, "ring_core_add"])), ["exports ring_core_add"]);
        assert_eq!(wrong(&names(&[first])), [format!("does not export {second}")]);
        assert_eq!(wrong(&[]).len(), 2);
    }
}
