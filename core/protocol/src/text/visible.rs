//! Makes hidden characters visible in one pass from left to right.

use super::{
    MAX_MARKS, TextError,
    class::{hidden, is_break, is_mark, is_pictograph, is_skin_tone, is_space, letter_of_words},
    unicode::in_identifiers,
};

/// The maximum number of U+200D in one emoji sequence: a family of four, or a kiss with two skin
/// tones.
const MAX_JOINERS: usize = 3;
pub(super) const JOINER: char = '\u{200D}';
const KEYCAP: char = '\u{20E3}';

/// Draws a message. Line breaks are white space, emoji sequences stay whole, and other hidden
/// characters are drawn as numbers.
pub(super) fn message(normal: &str) -> String {
    let mut line = Line::default();
    let mut joiners = 0;
    let mut chars = normal.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if is_pictograph(c) && !is_skin_tone(c) && line.last != Some(JOINER) {
            joiners = 0;
        }
        if is_space(c) || is_break(c) {
            line.space();
        } else if joins_emoji(line.last, c, next, joiners) {
            joiners += usize::from(c == JOINER);
            line.keep(c);
        } else if hidden(c).is_some() || line.mark_flaw(c) {
            line.escape(c);
        } else {
            line.keep(c);
        }
    }
    line.drawn
}

/// Draws a name. Characters that are not allowed in names are drawn as numbers. The first of them
/// is the flaw.
pub(super) fn name(normal: &str) -> (String, Option<TextError>) {
    let mut line = Line::default();
    let mut flaw = None;
    for c in normal.chars() {
        let found = if is_space(c) {
            line.space();
            continue;
        } else if let Some(hidden) = hidden(c) {
            Some(TextError::Hidden { code_point: c, hidden })
        } else if line.mark_flaw(c) {
            Some(TextError::Marks { code_point: c })
        } else if !in_names(c) {
            Some(TextError::NotInNames { code_point: c })
        } else {
            None
        };
        match found {
            Some(found) => {
                line.escape(c);
                flaw = flaw.or(Some(found));
            }
            None => line.keep(c),
        }
    }
    (line.drawn, flaw)
}

/// Returns whether `c` is allowed in names: UTS 39 identifier characters, the letters of
/// [`letter_of_words`], ASCII, and the punctuation of real company names.
fn in_names(c: char) -> bool {
    c.is_ascii_graphic()
        || in_identifiers(c)
        || letter_of_words(c).is_some()
        || matches!(
            c,
            '«' | '»'
                | '‘'
                | '’'
                | '“'
                | '”'
                | '„'
                | '–'
                | '—'
                | '…'
                | '·'
                | '©'
                | '®'
                | '™'
                | '°'
                | '№'
                | 'ª'
                | 'º'
                | '€'
                | '£'
                | '¥'
                | '、'
                | '。'
                | '「'
                | '」'
                | '『'
                | '』'
                | '（'
                | '）'
                | '・'
                | '＆'
                | 'ー'
                | '々'
                | '〆'
                | '،'
                | '״'
                | '׳'
        )
}

/// Returns whether `c` is an invisible part of an emoji sequence at a place where it is visible.
fn joins_emoji(last: Option<char>, c: char, next: Option<char>, joiners: usize) -> bool {
    let Some(last) = last else { return false };
    match c {
        JOINER => {
            let joins = |next: char| is_pictograph(next) && hidden(next).is_none();
            (is_pictograph(last) || last == '\u{FE0F}') && next.is_some_and(joins) && joiners < MAX_JOINERS
        }
        '\u{FE0E}' | '\u{FE0F}' => {
            is_pictograph(last) || (matches!(last, '0'..='9' | '#' | '*') && next == Some(KEYCAP))
        }
        _ => false,
    }
}

/// The line drawn so far.
#[derive(Default)]
struct Line {
    drawn: String,
    space_due: bool,
    last: Option<char>,
    marks: usize,
}

impl Line {
    /// Adds white space: one space, and only before another character.
    fn space(&mut self) {
        self.space_due = !self.drawn.is_empty();
        self.last = None;
        self.marks = 0;
    }

    fn keep(&mut self, c: char) {
        self.flush_space();
        self.drawn.push(c);
        self.marks = if is_mark(c) { self.marks + 1 } else { 0 };
        self.last = Some(c);
    }

    fn escape(&mut self, c: char) {
        self.flush_space();
        self.drawn.push_str(&format!("⟨U+{:04X}⟩", u32::from(c)));
        self.marks = 0;
        self.last = None;
    }

    /// Returns whether `c` is a mark without a base, a repeated mark, or exceeds [`MAX_MARKS`].
    fn mark_flaw(&self, c: char) -> bool {
        is_mark(c) && (self.last.is_none() || self.last == Some(c) || self.marks >= MAX_MARKS)
    }

    fn flush_space(&mut self) {
        if std::mem::take(&mut self.space_due) {
            self.drawn.push(' ');
        }
    }
}

/// Returns a hidden code point in `drawn` that is not part of an emoji sequence.
#[cfg(test)]
pub(super) fn hidden_left(drawn: &str) -> Option<(char, super::Hidden)> {
    let chars: Vec<char> = drawn.chars().collect();
    chars.iter().enumerate().find_map(|(at, &c)| {
        let last = at.checked_sub(1).map(|before| chars[before]);
        let glue = joins_emoji(last, c, chars.get(at + 1).copied(), 0);
        hidden(c).filter(|_| !glue).map(|hidden| (c, hidden))
    })
}
