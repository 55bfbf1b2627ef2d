//! nginx with the configuration of the documents, on free ports and with a certificate of its own.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const DOCUMENT: &str = include_str!("../../../docs/operators/proxy.md");

/// The values in the document, which are replaced here.
const LISTEN: &str = "listen 443 ssl;";
const NAME: &str = "server_name login.bank.example;";
const UPSTREAM: &str = "server 127.0.0.1:8460;";
const CERTIFICATE: &str = "/etc/ssl/login.bank.example.pem";
const KEY: &str = "/etc/ssl/login.bank.example.key";

/// A certificate for 127.0.0.1.
const CERTIFICATE_REQUEST: &str = "[req]\ndistinguished_name = name\nx509_extensions = extensions\nprompt = no\n\
    [name]\nCN = 127.0.0.1\n[extensions]\nsubjectAltName = IP:127.0.0.1\nbasicConstraints = critical, CA:FALSE\n";

/// Files and ports for nginx.
pub(crate) struct Prepared {
    folder: PathBuf,
    url: String,
    tls: u16,
    plain: u16,
}

/// A running nginx. Dropping it ends it.
pub(crate) struct Nginx {
    prepared: Prepared,
    child: Child,
}

impl Nginx {
    /// Creates the certificate and finds free ports.
    pub(crate) fn prepare(folder: &Path) -> Prepared {
        let ports = [0; 2].map(|_| TcpListener::bind("127.0.0.1:0").unwrap());
        let [tls, plain] = ports.map(|listener| listener.local_addr().unwrap().port());
        let request = folder.join("certificate.cnf");
        std::fs::write(&request, CERTIFICATE_REQUEST).unwrap();
        let mut openssl = Command::new("openssl");
        openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]);
        openssl.arg("-config").arg(request).arg("-keyout").arg(folder.join("key.pem"));
        let made = openssl.arg("-out").arg(folder.join("certificate.pem")).output().unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Prepared { folder: folder.to_owned(), url: format!("https://127.0.0.1:{tls}"), tls, plain }
    }

    pub(crate) fn url(&self) -> &str {
        &self.prepared.url
    }

    /// Returns the address of the minimal configuration, without TLS.
    pub(crate) fn plain_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.prepared.plain)
    }

    /// Returns a client that trusts the certificate.
    pub(crate) fn client(&self) -> reqwest::Client {
        let pem = std::fs::read(self.prepared.folder.join("certificate.pem")).unwrap();
        let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
        let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        client.tls_certs_only([certificate]).build().unwrap()
    }
}

impl Prepared {
    /// Returns the issuer URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Starts nginx in front of the server.
    pub(crate) fn start(self, server: SocketAddr) -> Nginx {
        let file = self.folder.join("nginx.conf");
        std::fs::write(&file, self.configuration(server)).unwrap();
        let mut nginx = Command::new(std::env::var_os("NGINX_BIN").unwrap_or_else(|| "nginx".into()));
        nginx.arg("-p").arg(&self.folder).arg("-c").arg(file).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = nginx.spawn().unwrap();
        while TcpStream::connect(("127.0.0.1", self.plain)).is_err() {
            assert!(child.try_wait().unwrap().is_none(), "nginx ended");
            std::thread::yield_now();
        }
        Nginx { prepared: self, child }
    }

    fn configuration(&self, server: SocketAddr) -> String {
        let mut documented = DOCUMENT.split("```nginx\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
        let path = |name: &str| self.folder.join(name).display().to_string();
        for (value, here) in [
            (LISTEN, format!("listen 127.0.0.1:{} ssl;", self.tls)),
            (NAME, String::new()),
            (UPSTREAM, format!("server {server};")),
            (CERTIFICATE, path("certificate.pem")),
            (KEY, path("key.pem")),
        ] {
            assert!(documented.contains(value), "the document has no {value}");
            documented = documented.replace(value, &here);
        }
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {};\n", path(kind)))
            .concat();
        let plain =
            format!("server {{ listen 127.0.0.1:{}; location / {{ proxy_pass http://{server}; }} }}", self.plain);
        let pid = path("nginx.pid");
        format!(
            "daemon off;\nmaster_process off;\npid {pid};\nerror_log stderr error;\nevents {{}}\n\
             http {{\naccess_log off;\n{temporary}{documented}\n{plain}\n}}\n"
        )
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
