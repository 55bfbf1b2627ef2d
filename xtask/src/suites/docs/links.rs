//! Links between documents.

use std::path::Path;

/// The links of a document that lead nowhere. Links to other hosts are not followed.
pub(super) fn broken(document: &Path, text: &str) -> Vec<String> {
    let folder = document.parent().unwrap_or(document);
    targets(text).into_iter().filter(|target| !leads_somewhere(document, folder, text, target)).collect()
}

fn leads_somewhere(document: &Path, folder: &Path, text: &str, target: &str) -> bool {
    if target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
    let path = if file.is_empty() { document.to_owned() } else { folder.join(file) };
    if !path.exists() {
        return false;
    }
    let is_document = path.extension().is_some_and(|extension| extension == "md");
    if fragment.is_empty() || !is_document {
        return true;
    }
    let other = if file.is_empty() { text.to_owned() } else { std::fs::read_to_string(&path).unwrap_or_default() };
    anchors(&other).contains(&fragment.to_owned())
}

/// The targets of `[text](target)`, `![text](target)`, `src="target"` and `srcset="target"`, outside code.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose_lines(text) {
        for (opening, closing) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
            for (at, _) in line.match_indices(opening) {
                let rest = line.get(at + opening.len()..).unwrap_or_default();
                if let Some((target, _)) = rest.split_once(closing) {
                    found.push(target.split_whitespace().next().unwrap_or_default().to_owned());
                }
            }
        }
    }
    found
}

/// The names by which headings are linked: lower case, spaces as `-`, punctuation dropped.
fn anchors(text: &str) -> Vec<String> {
    let headings = prose_lines(text).into_iter().filter(|line| line.starts_with('#'));
    headings.map(|line| slug(line.trim_start_matches('#').trim())).collect()
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

/// The lines outside fenced code, with `inline code` blanked out.
fn prose_lines(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let outside = line.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "" });
            lines.push(if line.starts_with('#') { line.replace('`', "") } else { outside.collect() });
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_to_files_and_headings_are_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("other.md"), "# Two words, `code`!\n").unwrap();
        let document = folder.path().join("this.md");
        let text = "# Here\n[a](other.md) [b](other.md#two-words-code) [c](#here) [d](https://example.org/x)\n\
            `[not](a-link.md)`\n```\n[nor](this.md.md)\n```\n";
        assert!(broken(&document, text).is_empty() || !document.exists());
        std::fs::write(&document, text).unwrap();
        assert_eq!(broken(&document, text), Vec::<String>::new());
    }

    #[test]
    fn dead_links_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("this.md");
        let text = "# Here\n[a](gone.md) [b](#nowhere) <img src=\"images/gone.svg\">\n";
        std::fs::write(&document, text).unwrap();
        assert_eq!(broken(&document, text), ["gone.md", "#nowhere", "images/gone.svg"]);
    }
}
