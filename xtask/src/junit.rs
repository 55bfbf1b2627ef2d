//! JUnit XML, as nextest, Maven and node write it.

use std::path::Path;

use anyhow::{Context, Result};

use crate::tally::Tally;

/// The tests of one or more JUnit files, and their output.
#[derive(Debug, Default)]
pub(crate) struct Junit {
    pub(crate) tally: Tally,
    /// The output of the tests on stdout, as far as the runner stores it.
    pub(crate) output: String,
}

impl Junit {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| format!("no test report at {}", path.display()))?;
        // Node copies the colours of an error message into its report. XML does not allow them.
        let text: String = text.chars().filter(|c| !c.is_control() || c.is_whitespace()).collect();
        Self::parse(&text).with_context(|| format!("{} is not a JUnit file", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let document = roxmltree::Document::parse(text)?;
        let mut junit = Self::default();
        for case in document.descendants().filter(|node| node.has_tag_name("testcase")) {
            let name = |attribute| case.attribute(attribute).unwrap_or_default();
            let name = format!("{} {}", name("classname"), name("name"));
            let has = |tag: &str| case.children().any(|child| child.has_tag_name(tag));
            if has("failure") || has("error") {
                junit.tally.fail(name);
            } else if has("skipped") {
                junit.tally.skip(name);
            } else {
                junit.tally.pass();
            }
            for output in case.children().filter(|child| child.has_tag_name("system-out")) {
                junit.output.push_str(output.text().unwrap_or_default());
                junit.output.push('\n');
            }
        }
        Ok(junit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_test_case_counts_once() {
        let report = "<?xml version=\"1.0\"?>\n<testsuites><testsuite name=\"A\" tests=\"4\">\
            <testcase classname=\"A\" name=\"good\"><system-out>a line</system-out></testcase>\
            <testcase classname=\"A\" name=\"bad\"><failure/></testcase>\
            <testcase classname=\"A\" name=\"worse\"><error/></testcase>\
            <testcase classname=\"A\" name=\"not\"><skipped/></testcase></testsuite></testsuites>";
        let Junit { tally, output } = Junit::parse(report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (1, 2, 1));
        assert_eq!(tally.notes, ["failed: A bad", "failed: A worse", "skipped: A not"]);
        assert_eq!(output, "a line\n");
        assert!(Junit::parse("<html>").is_err());
    }
}
