//! Scope values: a set, written in the order in which it was granted (RFC 6749 section 3.3).

/// Returns the scope with each value once, in the order of its first occurrence.
pub(super) fn unique(scope: &str) -> String {
    let mut values: Vec<&str> = Vec::new();
    for value in scope.split(' ') {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    values.join(" ")
}

/// Returns the part of a granted scope that a client asks for, or `None` if it asks for more.
pub(super) fn narrowed(asked: Option<&str>, granted: &str) -> Option<String> {
    let granted = unique(granted);
    let Some(asked) = asked else { return Some(granted) };
    if !asked.split(' ').all(|value| has(&granted, value)) {
        return None;
    }
    let part: Vec<&str> = granted.split(' ').filter(|value| has(asked, value)).collect();
    Some(part.join(" "))
}

/// Returns true if the scope contains the value.
pub(super) fn has(scope: &str, value: &str) -> bool {
    scope.split(' ').any(|found| found == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_values_count_once_in_the_order_granted() {
        assert_eq!(unique("openid profile openid openid"), "openid profile");
        let many = ["openid"; 9_001].join(" ");
        assert_eq!(narrowed(Some(&many), "profile openid").as_deref(), Some("openid"));
        assert_eq!(narrowed(Some("openid profile"), "profile openid email").as_deref(), Some("profile openid"));
        assert_eq!(narrowed(None, "openid openid").as_deref(), Some("openid"), "granted by an earlier version");
        for more in ["openid email", "openid  profile", "", "Openid"] {
            assert_eq!(narrowed(Some(more), "profile openid"), None, "{more:?}");
        }
    }
}
