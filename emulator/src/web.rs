//! The parts that the phone's and the shop's web servers share: caller checks, headers and errors.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use countersign_server::problem;

/// Adds the caller checks and the response headers to a router that listens on `address`.
pub(crate) fn guarded(router: Router, address: SocketAddr) -> Router {
    router
        .layer(middleware::from_fn_with_state(Arc::new(Names::of(address)), guard))
        .layer(middleware::map_response(as_problem))
        .layer(middleware::map_response(with_headers))
}

const PROBLEM: &str = "application/problem+json";

/// A problem document of the server's type (RFC 9457). It is a type of this crate, so that errors
/// of other crates can be converted into it.
#[derive(Debug)]
pub(crate) struct Problem(problem::Problem);

impl Problem {
    pub(crate) fn new(status: StatusCode, code: impl Into<Cow<'static, str>>, detail: impl Into<String>) -> Self {
        Self(problem::Problem::new(status, code).detail(detail))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.0.into_response()
    }
}

/// A JSON body. A body that cannot be read is answered with a problem document.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T> FromRequest<S> for Body<T>
where
    Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match Json::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(Problem::new(rejection.status(), "bad_body", rejection.body_text())),
        }
    }
}

/// The host names that a local listener accepts.
struct Names {
    hosts: Vec<String>,
}

impl Names {
    fn of(address: SocketAddr) -> Self {
        Self { hosts: vec![address.to_string(), format!("localhost:{}", address.port())] }
    }

    fn host_is_ours(&self, headers: &HeaderMap) -> bool {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        host.is_some_and(|host| self.hosts.iter().any(|ours| ours == host))
    }

    /// Returns whether each `Origin` header is ours. Programs send none; browsers send the origin
    /// of the calling page.
    fn origin_is_ours(&self, headers: &HeaderMap) -> bool {
        let origins: Vec<_> = headers.get_all(header::ORIGIN).iter().collect();
        origins.iter().all(|origin| {
            let host = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            host.is_some_and(|host| self.hosts.iter().any(|ours| ours == host))
        })
    }
}

/// Rejects calls that a foreign web page could have caused: another `Host` (DNS rebinding), another
/// `Origin`, or a POST whose body is not JSON (the only kind of POST that a page can send without a
/// CORS preflight).
async fn guard(State(names): State<Arc<Names>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let refuse = |code, detail: &str| Problem::new(StatusCode::FORBIDDEN, code, detail).into_response();
    if !names.host_is_ours(headers) {
        return refuse("foreign_host", "use the address that the program printed as the host");
    }
    if !names.origin_is_ours(headers) {
        return refuse("foreign_origin", "other web pages may not call this address");
    }
    if request.method() == Method::POST && !is_json(headers) {
        let detail = "send JSON with content-type: application/json";
        return Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", detail).into_response();
    }
    next.run(request).await
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Turns errors of the router itself into problem documents.
async fn as_problem(response: Response) -> Response {
    let (status, kind) = (response.status(), response.headers().get(header::CONTENT_TYPE));
    if !(status.is_client_error() || status.is_server_error()) || kind.is_some_and(|kind| kind == PROBLEM) {
        return response;
    }
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => ("not_found", "there is nothing at this address"),
        StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "use a method from the Allow header"),
        _ => ("bad_request", "the request cannot be read: check its address and query"),
    };
    let mut problem = Problem::new(status, code, detail).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        problem.headers_mut().insert(header::ALLOW, allow.clone());
    }
    problem
}

/// Response headers that allow only our own files and forbid frames and caching.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap())).collect()
    }

    #[test]
    fn foreign_hosts_and_origins_are_rejected() {
        let names = Names::of("127.0.0.1:8470".parse().unwrap());
        for (host, ours) in [
            ("127.0.0.1:8470", true),
            ("localhost:8470", true),
            ("evil.example:8470", false),
            ("127.0.0.1:8471", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(names.host_is_ours(&headers(&[(header::HOST, host)])), ours, "{host}");
        }
        assert!(!names.host_is_ours(&HeaderMap::new()));
        assert!(names.origin_is_ours(&HeaderMap::new()));
        for (origin, ours) in [
            ("http://127.0.0.1:8470", true),
            ("http://localhost:8470", true),
            ("https://evil.example", false),
            ("http://127.0.0.1:8480", false),
            ("null", false),
        ] {
            assert_eq!(names.origin_is_ours(&headers(&[(header::ORIGIN, origin)])), ours, "{origin}");
        }
    }

    #[tokio::test]
    async fn router_errors_become_problem_documents() {
        for (status, code) in
            [(StatusCode::NOT_FOUND, "not_found"), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")]
        {
            let response = as_problem((status, [(header::ALLOW, "GET")]).into_response()).await;
            assert_eq!(
                (response.status(), &response.headers()[header::CONTENT_TYPE]),
                (status, &PROBLEM.parse().unwrap())
            );
            assert_eq!(response.headers()[header::ALLOW], "GET");
            let body = axum::body::to_bytes(response.into_body(), 4096).await.unwrap();
            assert!(String::from_utf8(body.to_vec()).unwrap().contains(code));
        }
        let fine = as_problem("fine".into_response()).await;
        assert_eq!(fine.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    }

    #[test]
    fn a_form_is_not_json() {
        for (kind, json) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonx", false),
        ] {
            assert_eq!(is_json(&headers(&[(header::CONTENT_TYPE, kind)])), json, "{kind}");
        }
    }
}
