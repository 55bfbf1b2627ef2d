//! The report of searches and findings.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::known::{Kind, Secret};
use crate::maps::Maps;
use crate::rules::{Holder, Moment, exception, surely};
use crate::scan::Hit;

/// The number of positions that are reported for each finding.
const PLACES: usize = 4;

#[derive(Default)]
pub(crate) struct Report {
    files: Vec<Value>,
    findings: Vec<Value>,
    held: BTreeMap<(&'static str, &'static str), (&'static str, usize)>,
    controls: Vec<Value>,
    secrets: BTreeMap<&'static str, usize>,
    forms: usize,
    searches: usize,
    blind: bool,
}

impl Report {
    /// Records the search of a dump.
    pub(crate) fn dump(&mut self, holder: Holder, moment: Moment, bytes: u64, hits: &[Hit], maps: &Maps) {
        let process = match holder {
            Holder::Phone => "phone",
            Holder::Server => "server",
        };
        let file = format!("{process}, {}", moment.name());
        for (kind, form) in surely(holder) {
            let found = hits.iter().any(|hit| hit.kind == *kind && hit.form == *form);
            self.control(&file, &format!("{}, {form}", kind.name()), found);
        }
        let secret: Vec<&Hit> = hits.iter().filter(|hit| hit.kind != Kind::Marker).collect();
        self.files.push(json!({ "file": file, "bytes": bytes, "hits": secret.len() }));
        let mut kinds: Vec<Kind> = secret.iter().map(|hit| hit.kind).collect();
        kinds.dedup();
        for kind in kinds.iter().enumerate().filter(|(at, kind)| kinds.iter().position(|k| k == *kind) == Some(*at)) {
            let kind = *kind.1;
            let of_kind: Vec<&Hit> = secret.iter().copied().filter(|hit| hit.kind == kind).collect();
            // Two halves are one position. A single half counts too.
            let places = of_kind.iter().filter(|hit| hit.piece != "second half").count().max(of_kind.len().div_ceil(2));
            match exception(holder, kind, moment) {
                Some(exception) if places <= exception.most => {
                    let held = self.held.entry((process, kind.name())).or_insert((exception.reason, 0));
                    held.1 = held.1.max(places);
                }
                _ => self.found(&file, &of_kind, |at| maps.place(at)),
            }
        }
    }

    /// Records the search of a log. `talks` is whether the log is as detailed as expected.
    pub(crate) fn log(&mut self, file: &str, bytes: u64, talks: bool, hits: &[Hit]) {
        self.control(file, "the logs are talkative", talks);
        let secret: Vec<&Hit> = hits.iter().filter(|hit| hit.kind != Kind::Marker).collect();
        self.files.push(json!({ "file": file, "bytes": bytes, "hits": secret.len() }));
        self.found(file, &secret, |at| format!("byte {at}"));
    }

    /// Records what a search looked for.
    pub(crate) fn searched(&mut self, secrets: &[Secret], forms: usize) {
        let mut counts = BTreeMap::new();
        for secret in secrets.iter().filter(|secret| secret.kind != Kind::Marker) {
            *counts.entry(secret.kind.name()).or_insert(0) += 1;
        }
        for (kind, count) in counts {
            let most = self.secrets.entry(kind).or_insert(0);
            *most = count.max(*most);
        }
        self.forms = self.forms.max(forms);
        self.searches += 1;
    }

    fn control(&mut self, file: &str, what: &str, found: bool) {
        self.blind |= !found;
        self.controls.push(json!({ "file": file, "what": what, "found": found }));
    }

    fn found(&mut self, file: &str, hits: &[&Hit], place: impl Fn(u64) -> String) {
        let mut groups: BTreeMap<(&str, &str, &str), Vec<u64>> = BTreeMap::new();
        for hit in hits {
            groups.entry((hit.kind.name(), hit.form, hit.piece)).or_default().push(hit.at);
        }
        for ((secret, form, piece), at) in groups {
            let places: Vec<String> = at.iter().take(PLACES).map(|at| place(*at)).collect();
            self.findings.push(json!({
                "file": file, "secret": secret, "form": form, "piece": piece, "count": at.len(), "places": places,
            }));
        }
    }

    pub(crate) fn green(&self) -> bool {
        self.findings.is_empty() && !self.blind && !self.controls.is_empty()
    }

    pub(crate) fn json(&self) -> Value {
        let held: Vec<Value> = self
            .held
            .iter()
            .map(|((process, secret), (reason, places))| {
                json!({ "process": process, "secret": secret, "reason": reason, "places": places })
            })
            .collect();
        json!({
            "ok": self.green(),
            "secrets": self.secrets,
            "forms": self.forms,
            "searches": self.searches,
            "files": self.files,
            "findings": self.findings,
            "held": held,
            "controls": self.controls,
        })
    }
}
