//! The text of a generated file, and the replacements that patches make in it.

use thiserror::Error;

/// The generated code differs from the code that a patch knows.
#[derive(Debug, Error)]
#[error("the generated code has no `{0}`. uniffi has changed: review the patch in bindings/bindgen/src")]
pub struct PatchError(String);

impl PatchError {
    pub(crate) fn new(expected: impl AsRef<str>) -> Self {
        Self(expected.as_ref().trim().to_owned())
    }
}

pub(crate) type Patched = Result<(), PatchError>;

/// A generated file.
pub(crate) struct Source {
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(text: &str) -> Self {
        Self { text: text.to_owned() }
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// Replaces every occurrence. There must be at least one.
    pub(crate) fn replace(&mut self, from: &str, to: &str) -> Patched {
        if !self.has(from) {
            return Err(PatchError::new(from));
        }
        self.replace_any(from, to);
        Ok(())
    }

    /// Replaces every occurrence, if there is any.
    pub(crate) fn replace_any(&mut self, from: &str, to: &str) {
        self.text = self.text.replace(from, to);
    }

    /// Replaces the text from the first `begin` up to the next `end`, which stays.
    pub(crate) fn cut(&mut self, begin: &str, end: &str, with: &str) -> Patched {
        self.edit(begin, end, |_| with.to_owned())
    }

    /// Replaces the text from the first `begin` up to the next `end` by the result of `edit`, which
    /// gets the text after `begin`.
    pub(crate) fn edit(&mut self, begin: &str, end: &str, edit: impl FnOnce(&str) -> String) -> Patched {
        let (before, rest) = self.text.split_once(begin).ok_or_else(|| PatchError::new(begin))?;
        let (inside, after) = rest.split_once(end).ok_or_else(|| PatchError::new(end))?;
        self.text = format!("{before}{}{end}{after}", edit(inside));
        Ok(())
    }

    /// Rewrites each line.
    pub(crate) fn lines(&mut self, rewrite: impl FnMut(&str) -> Result<String, PatchError>) -> Patched {
        self.text = self.text.lines().map(rewrite).collect::<Result<Vec<_>, _>>()?.join("\n") + "\n";
        Ok(())
    }
}
