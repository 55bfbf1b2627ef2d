//! SPDX licence expressions, as far as crates use them: names, `AND`, `OR`, `WITH`, parentheses, and the old `/`.

use std::collections::BTreeSet;
use std::iter::Peekable;

/// Whether an expression can be met with allowed licences alone. What cannot be read is not allowed.
pub(super) fn allowed(expression: &str, list: &BTreeSet<String>) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut words = spaced.split_whitespace().peekable();
    let met = either(&mut words, list);
    met == Some(true) && words.next().is_none()
}

/// `a OR b`: the weakest binding.
fn either<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, list: &BTreeSet<String>) -> Option<bool> {
    let mut met = both(words, list)?;
    while words.next_if_eq(&"OR").is_some() {
        met |= both(words, list)?;
    }
    Some(met)
}

/// `a AND b`.
fn both<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, list: &BTreeSet<String>) -> Option<bool> {
    let mut met = single(words, list)?;
    while words.next_if_eq(&"AND").is_some() {
        met &= single(words, list)?;
    }
    Some(met)
}

/// A name, a name with its exception, or a parenthesis.
fn single<'a>(words: &mut Peekable<impl Iterator<Item = &'a str>>, list: &BTreeSet<String>) -> Option<bool> {
    let word = words.next()?;
    if word == "(" {
        let met = either(words, list)?;
        return words.next_if_eq(&")").map(|_| met);
    }
    if words.next_if_eq(&"WITH").is_some() {
        let exception = words.next()?;
        return Some(list.contains(&format!("{word} WITH {exception}")));
    }
    Some(list.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_or_not() {
        let list = ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned).into();
        for fine in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0 OR MIT",
            "MIT/GPL-3.0",
            "Apache-2.0 AND ISC",
            "Apache-2.0 WITH LLVM-exception OR GPL-3.0",
            "(GPL-3.0 OR MIT) AND ISC",
        ] {
            assert!(allowed(fine, &list), "{fine}");
        }
        for refused in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT WITH LLVM-exception",
            "(MIT",
            "MIT OR",
            "MIT ISC",
            "(GPL-3.0 OR MIT) AND GPL-3.0",
        ] {
            assert!(!allowed(refused, &list), "{refused}");
        }
    }
}
