//! Settings that work and that the operator probably did not intend.

use std::collections::BTreeMap;

use url::Url;

use super::Config;
use crate::model::PasswordCost;

/// Returns one sentence for each finding, with what to do.
pub(super) fn of(config: &Config) -> Vec<String> {
    [unknown_addresses(config), other_port(config), mixed_costs(config)].into_iter().flatten().collect()
}

fn unknown_addresses(config: &Config) -> Option<String> {
    let behind_a_proxy = config.is_https() && !config.trusted_proxy && config.listen.ip().is_loopback();
    behind_a_proxy.then(|| {
        "a TLS proxy is in front of this server, so the addresses of callers are unknown: sign-ins are limited by name \
         only, and the security log has no addresses. Set `trusted_proxy = true` when the proxy sets X-Forwarded-For."
            .to_owned()
    })
}

/// Without TLS, the server answers calls under the issuer's host and port only.
fn other_port(config: &Config) -> Option<String> {
    let issuer = Url::parse(&config.issuer).ok().filter(|issuer| issuer.scheme() == "http")?;
    let (port, listen) = (issuer.port_or_known_default()?, config.listen.port());
    (port != 0 && port != listen).then(|| {
        format!(
            "`issuer` has port {port}, but the server listens on port {listen}: direct calls are rejected with 421. \
             Write the same port in both, unless a proxy on port {port} forwards calls with their Host header."
        )
    })
}

/// The duration of a sign-in depends on the cost of the hash.
fn mixed_costs(config: &Config) -> Option<String> {
    let mut costs = BTreeMap::<_, usize>::new();
    for cost in config.accounts.values().filter_map(|account| PasswordCost::of(&account.password)) {
        let count = costs.entry(cost).or_default();
        *count = count.saturating_add(1);
    }
    let most_common = costs.values().max()?;
    let others = costs.values().sum::<usize>().saturating_sub(*most_common);
    (others > 0).then(|| {
        format!(
            "the password hashes have different costs: the duration of a sign-in reveals that {others} of the accounts \
             exist. Write all hashes with the same algorithm and parameters."
        )
    })
}
