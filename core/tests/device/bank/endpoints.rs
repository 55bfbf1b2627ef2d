//! The bank's HTTP responses and failures in transit.

use super::*;

impl Bank {
    fn serve(&self, request: &HttpRequest) -> (u16, String) {
        let path = request.url.strip_prefix(&self.origin()).unwrap();
        let body = String::from_utf8(request.body.clone()).unwrap();
        let proof = request.headers.iter().find(|(name, _)| *name == "dpop").map(|(_, value)| value.as_str());
        if let Some(proof) = proof {
            let (claims, key) = dpop::open(proof).unwrap();
            assert_eq!(claims.htu, request.url.split('?').next().unwrap());
            assert_eq!(claims.htm, request.method.as_str());
            self.kept.lock().unwrap().proof_nonces.push(claims.nonce.clone());
            self.kept.lock().unwrap().proof_times.push(claims.iat);
            if claims.nonce.as_deref() != Some(NONCE) {
                return (401, r#"{"code":"use_dpop_nonce"}"#.into());
            }
            // The current DK names the enrolment. Any other key names none.
            if path != "/adp/v1/enrolments" && key != self.keys().dk {
                return rejected();
            }
        }
        match path.split('?').next().unwrap() {
            "/.well-known/authentication-device" => (200, self.sign(&self.announced(path))),
            "/adp/v1/enrolments/challenge" => (200, self.challenge(&body)),
            "/adp/v1/enrolments" => (200, self.enrol(&body)),
            "/adp/v1/requests" if self.kept.lock().unwrap().reject_inboxes => rejected(),
            "/adp/v1/requests" => (200, self.inbox(path)),
            "/adp/v1/decisions" if self.kept.lock().unwrap().reject_decisions => rejected(),
            "/adp/v1/decisions" if self.kept.lock().unwrap().fail_decisions => (500, r#"{"code":"internal"}"#.into()),
            "/adp/v1/decisions" => self.decide(&body),
            "/adp/v1/device" => self.update(&body),
            other => match other.strip_prefix("/adp/v1/requests/") {
                Some(_) => (200, self.kept.lock().unwrap().requests.first().unwrap().clone()),
                None => (404, r#"{"code":"not_found"}"#.into()),
            },
        }
    }

    fn announced(&self, path: &str) -> Metadata {
        let asked = path.split_once('?').is_some_and(|(_, query)| query == QUERY);
        let announces = asked && !self.kept.lock().unwrap().is_earlier;
        Metadata { features: announces.then(Features::all), ..self.metadata() }
    }

    fn challenge(&self, body: &str) -> String {
        let asked: ChallengeRequest = serde_json::from_str(body).unwrap();
        let mut challenge = Challenge {
            iss: self.issuer(),
            iat: self.now(),
            exp: self.now().plus(300),
            offer: asked.offer,
            nonce: Nonce::random().unwrap(),
        };
        let change = self.kept.lock().unwrap().change_challenge;
        if let Some(change) = change {
            change(&mut challenge);
        }
        self.sign(&challenge)
    }

    fn enrol(&self, body: &str) -> String {
        let claims: Enrol = countersign_core::jose::signed::Unverified::parse(body, Enrol::TYP, Enrol::MAX_BYTES)
            .unwrap()
            .verify_with(|enrol: &Enrol| &enrol.keys.dk)
            .unwrap();
        let proof = open::<KeyProof>(&claims.uv_proof, |_| Some(&claims.keys.uvk)).unwrap().message;
        assert_eq!(proof.keys, claims.keys.thumbprints());
        let confirm_nonce = Nonce::random().unwrap();
        let ek = claims.keys.ek.clone();
        let (policy, account, change) = {
            let mut kept = self.kept.lock().unwrap();
            kept.enrolments.push(body.to_owned());
            kept.keys = Some(claims.keys);
            kept.confirm_nonce = Some(confirm_nonce.clone());
            kept.enrol_hash = Some(Digest::of(body.as_bytes()));
            kept.state = Some(EnrolmentState::Pending);
            (kept.policy, kept.account.clone(), kept.change_enrolled)
        };
        let mut enrolled = Enrolled {
            iss: self.issuer(),
            aud: self.aud(),
            sub: self.enrolment(),
            iat: self.now(),
            seq: self.seq(),
            enrol_hash: Digest::of(body.as_bytes()),
            handle: self.handle(),
            account: account.unwrap_or(Account { label: "alice".into(), issuer_name: "Example Bank".into() }),
            policy: policy.unwrap_or(NO_RESTRICTIONS),
            state: EnrolmentState::Pending,
            confirm_nonce: Some(confirm_nonce),
        };
        if let Some(change) = change {
            change(&mut enrolled);
        }
        seal(self.sign(&enrolled).as_bytes(), &ek).unwrap()
    }

    fn inbox(&self, path: &str) -> String {
        let nonce = path.split_once("nonce=").unwrap().1.parse().unwrap();
        let (aud, seq) = (self.aud(), self.seq());
        let kept = self.kept.lock().unwrap();
        self.sign(&Inbox {
            iss: self.issuer(),
            aud,
            sub: self.enrolment(),
            nonce,
            iat: self.now(),
            seq,
            number: kept.highest_number.or(kept.numbers.keys().max().copied()).unwrap_or(0),
            count: u32::try_from(kept.requests.len()).unwrap(),
            requests: kept.requests.clone(),
            closed: kept.closed.clone(),
            status: kept.state.unwrap(),
            policy: kept.policy.unwrap_or(NO_RESTRICTIONS),
        })
    }

    fn decide(&self, body: &str) -> (u16, String) {
        let keys = self.keys();
        let to = self.aud();
        let mut kept = self.kept.lock().unwrap();
        kept.decisions.push(body.to_owned());
        if let Some(receipt) = kept.receipts.get(body) {
            return (200, receipt.clone());
        }
        let signed_by = |kid| [&keys.uvk, &keys.dk].into_iter().find(|key| key.thumbprint() == kid);
        let Ok(decision) = open::<Decision>(body, signed_by) else { return rejected() };
        let Decision { txn, request_hash, number, history, display_model, .. } = decision.message;
        if (history.is_some() || display_model.is_some()) && kept.is_earlier {
            return rejected();
        }
        let proved = Proved { enrol_hash: kept.enrol_hash.unwrap(), uvk: keys.uvk.thumbprint() };
        let proved = history.map(|_| proved);
        let right = kept.outcome.unwrap_or(Outcome::Accepted);
        let outcome = match (Self::counts(&mut kept, number, body), kept.decided.contains(&txn)) {
            (false, _) => Outcome::NumberUsed,
            (true, true) => Outcome::AlreadyDecided,
            (true, false) => right,
        };
        if outcome == Outcome::Accepted {
            kept.decided.insert(txn.clone());
        }
        (200, self.receipt(&mut kept, body, to, Some((txn, request_hash)), outcome, proved))
    }

    fn update(&self, body: &str) -> (u16, String) {
        let keys = self.keys();
        // Addressed to the key that signed the change.
        let to = self.aud();
        let mut kept = self.kept.lock().unwrap();
        kept.updates.push(body.to_owned());
        if let Some(receipt) = kept.receipts.get(body) {
            return (200, receipt.clone());
        }
        let Ok(update) = open::<Update>(body, |kid| (kid == keys.dk.thumbprint()).then_some(&keys.dk)) else {
            return rejected();
        };
        if kept.state == Some(EnrolmentState::Revoked) {
            return rejected();
        }
        let Update { jti, iat, exp, change, number, .. } = update.message;
        if kept.rejects_future_updates && iat.since(self.now()) > 60 {
            return rejected();
        }
        let is_dead = exp <= self.now() || !kept.rejects_future_updates && exp.since(self.now()) > MAX_LEAD_SECS;
        let in_time = if is_dead { Outcome::Expired } else { Outcome::Accepted };
        let right = kept.update_outcome.unwrap_or(in_time);
        let ends = matches!(change, Change::Unenrol {});
        let outcome = if Self::counts(&mut kept, number, body) || ends { right } else { Outcome::NumberUsed };
        match change {
            Change::Unenrol {} => kept.state = Some(EnrolmentState::Revoked),
            Change::Keys(new) if outcome == Outcome::Accepted => {
                let proved = |key, proof: &str| {
                    let proof = open::<KeyProof>(proof, |_| Some(key)).unwrap().message;
                    assert_eq!((proof.nonce.as_str(), proof.keys), (jti.as_str(), new.keys.thumbprints()));
                };
                proved(&new.keys.dk, new.dk_proof.as_ref().unwrap());
                assert!(new.keys.distinct() && new.keys.keeps_roles_of(&keys));
                assert_eq!(new.uvk_proofs.is_some(), new.keys.uvk != keys.uvk);
                if let Some(UvkProofs { old, new: fresh }) = &new.uvk_proofs {
                    proved(&keys.uvk, old);
                    proved(&new.keys.uvk, fresh);
                }
                kept.keys = Some(new.keys);
            }
            _ => {}
        }
        (200, self.receipt(&mut kept, body, to, None, outcome, None))
    }

    /// Returns whether these are the first bytes with that number. Otherwise the phone is
    /// suspended.
    fn counts(kept: &mut Kept, number: Number, body: &str) -> bool {
        if kept.numbers.contains_key(&number.get()) {
            kept.state = Some(EnrolmentState::Suspended);
            return false;
        }
        kept.numbers.insert(number.get(), body.to_owned());
        true
    }

    /// Returns the receipt of a message and stores it for repetitions.
    fn receipt(
        &self,
        kept: &mut Kept,
        body: &str,
        aud: DeviceAudience,
        request: Option<(Txn, Digest)>,
        outcome: Outcome,
        proved: Option<Proved>,
    ) -> String {
        let (txn, request_hash) = request.unzip();
        let mut receipt = Receipt {
            iss: self.issuer(),
            aud,
            sub: self.enrolment(),
            iat: self.now(),
            seq: self.seq(),
            number: kept.highest_number.or(kept.numbers.keys().max().copied()).unwrap_or(0),
            message_hash: Digest::of(body.as_bytes()),
            txn,
            request_hash,
            outcome,
            status: kept.state.unwrap(),
            proved,
        };
        if let Some(change) = kept.change_update_receipt.filter(|_| receipt.txn.is_none()) {
            change(&mut receipt);
        }
        if let Some(change) = kept.change_receipt.take() {
            change(&mut receipt);
        }
        let receipt = self.sign(&receipt);
        kept.receipts.insert(body.to_owned(), receipt.clone());
        receipt
    }
}

fn rejected() -> (u16, String) {
    (403, r#"{"code":"rejected"}"#.into())
}

#[async_trait]
impl Transport for Bank {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let nonce = self.kept.lock().unwrap().dpop_nonce.clone().unwrap_or_else(|| NONCE.into());
        let answered = |status, body: String| {
            Ok(HttpResponse { status, dpop_nonce: Some(nonce.clone()), body: body.into_bytes() })
        };
        self.calls.fetch_add(1, Ordering::SeqCst);
        let delay = *self.delay.lock().unwrap();
        if !delay.is_zero() {
            tokio::time::sleep(delay.min(request.timeout)).await;
        }
        if delay > request.timeout {
            return Err(TransportError::Timeout);
        }
        let is_metadata = request.url.split('?').next().unwrap().ends_with(PATH);
        if is_metadata {
            let mut kept = self.kept.lock().unwrap();
            kept.metadata_calls += 1;
            if kept.lose_metadata {
                return Err(TransportError::Unreachable);
            }
        }
        let fault = {
            let mut kept = self.kept.lock().unwrap();
            let here = kept.next_at.take_if(|(url, _)| request.url.contains(*url));
            here.map(|(_, fault)| fault).or_else(|| kept.next.take())
        };
        match fault {
            Some(BankFault::Unreachable) => Err(TransportError::Unreachable),
            Some(BankFault::Respond(status, body)) => answered(status, body),
            Some(BankFault::LoseResponse) => {
                self.serve(&request);
                Err(TransportError::Timeout)
            }
            Some(BankFault::ForgedKey) => {
                let (status, body) = self.serve(&request);
                let (input, _) = body.rsplit_once('.').unwrap();
                let forger = SigningKey::from_scalar(&[3; 32]).unwrap();
                let signature = forger.sign(input.as_bytes()).unwrap();
                answered(status, format!("{input}.{}", countersign_core::jose::base64url::encode(signature)))
            }
            None => {
                let (status, body) = self.serve(&request);
                let delay = self.kept.lock().unwrap().delay_metadata.take_if(|_| is_metadata);
                if let Some(delay) = delay {
                    delay.notified().await;
                }
                let enrols = status == 200 && request.url.ends_with("/enrolments");
                if enrols && self.kept.lock().unwrap().hang_enrolled {
                    std::future::pending::<()>().await;
                }
                if enrols && std::mem::take(&mut self.kept.lock().unwrap().lose_enrolled) {
                    return Err(TransportError::Timeout);
                }
                answered(status, body)
            }
        }
    }
}
